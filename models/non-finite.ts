/** A computation left the finite numbers: training diverged, or a treatment is too strong. Its cell fails with this reason, its study goes on. */
export class NonFinite extends Error {
  override name = 'NonFinite';
}
