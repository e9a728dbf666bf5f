/** The page's only script: a click on a column head sorts its table. Without it the page lacks nothing else. */
export const SCRIPT = `
for (const table of document.querySelectorAll('table.sortable')) {
  const body = table.tBodies[0];
  table.tHead.addEventListener('click', (event) => {
    const head = event.target.closest('th');
    if (!head) return;
    const ascending = head.getAttribute('aria-sort') !== 'ascending';
    const value = (row) => {
      const cell = row.cells[head.cellIndex];
      const data = cell.querySelector('data');
      return data ? Number(data.value) : cell.textContent.trim();
    };
    const order = (one, other) =>
      typeof one === 'number' && typeof other === 'number' ? one - other : String(one).localeCompare(String(other));
    const rows = [...body.rows].sort((one, other) => order(value(one), value(other)) * (ascending ? 1 : -1));
    for (const other of head.parentElement.cells) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
    body.append(...rows);
  });
}
`;
