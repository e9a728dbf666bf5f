import type { Settings } from '../settings.js';

/**
 * Large pages, and memory that is used again instead of being handed back to the system after every operation: a training
 * step of a small model is a tenth faster. glibc reads this before a process begins; other C libraries do not know it.
 */
const MALLOC = [
  'glibc.malloc.hugetlb=1',
  'glibc.malloc.mmap_threshold=8589934592',
  'glibc.malloc.trim_threshold=8589934592',
  'glibc.malloc.top_pad=268435456',
].join(':');

/** Variables that a process must have from its beginning to compute well with these settings; GLIBC_TUNABLES that are set stay. */
export function computeEnvironment({
  device,
  threads,
  children,
  precision,
  profile,
}: Pick<Settings, 'device' | 'threads' | 'children' | 'precision' | 'profile'>): NodeJS.ProcessEnv {
  return {
    GLIBC_TUNABLES: MALLOC,
    ...process.env,
    CROSSOVER_DEVICE: device,
    CROSSOVER_PRECISION: precision,
    // oneDNN asks whether the processor gains by it, and stays with float32 otherwise.
    ...(precision === 'bfloat16' && { ONEDNN_DEFAULT_FPMATH_MODE: 'BF16' }),
    CROSSOVER_CHILDREN: String(children),
    CROSSOVER_THREADS: String(threads),
    ...(profile !== undefined && { CROSSOVER_PROFILE: profile }),
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: '1',
    OMP_NUM_THREADS: String(threads),
    TF_CPP_MIN_LOG_LEVEL: '2',
  };
}
