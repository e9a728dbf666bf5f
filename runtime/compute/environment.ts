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

/** Variables that a process must have from its beginning to compute well with these settings; what is set already stays. */
export function computeEnvironment({
  device,
  threads,
}: Pick<Settings, 'device' | 'threads'>): NodeJS.ProcessEnv {
  return {
    GLIBC_TUNABLES: MALLOC,
    ...process.env,
    CROSSOVER_DEVICE: device,
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: '1',
    OMP_NUM_THREADS: String(threads),
    TF_CPP_MIN_LOG_LEVEL: '2',
  };
}
