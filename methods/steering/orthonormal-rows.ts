/** Rows made orthonormal one after another, each turned as little as its predecessors allow (modified Gram–Schmidt). */
export function orthonormalRows(values: Float32Array, [rows, columns]: [number, number]): Float32Array {
  const result = Float64Array.from(values);
  const row = (index: number) => result.subarray(index * columns, (index + 1) * columns);
  for (let i = 0; i < rows; i++) {
    const own = row(i);
    for (let j = 0; j < i; j++) {
      const other = row(j);
      const overlap = own.reduce((sum, value, c) => sum + value * (other[c] ?? 0), 0);
      for (let c = 0; c < columns; c++) own[c] = (own[c] ?? 0) - overlap * (other[c] ?? 0);
    }
    const length = Math.hypot(...own);
    for (let c = 0; c < columns; c++) own[c] = (own[c] ?? 0) / length;
  }
  return Float32Array.from(result);
}
