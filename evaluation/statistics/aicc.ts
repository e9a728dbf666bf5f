/**
 * Akaike's criterion with the correction for few points (Hurvich and Tsai 1989): n log(RSS/n) + 2k + 2k(k+1)/(n−k−1),
 * where k counts the parameters and the variance of the errors. Null where n − k − 1 < 1, or nothing is left unexplained.
 */
export function aicc(residuals: readonly number[], parameters: number): number | null {
  const n = residuals.length;
  const k = parameters + 1;
  const squares = residuals.reduce((sum, residual) => sum + residual * residual, 0);
  if (n - k - 1 < 1 || !(squares > 0)) return null;
  return n * Math.log(squares / n) + 2 * k + (2 * k * (k + 1)) / (n - k - 1);
}
