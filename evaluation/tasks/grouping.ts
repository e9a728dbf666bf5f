/** Items by key, both in order of first appearance. */
export function groupedBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const members = groups.get(keyOf(item));
    if (members) members.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/**
 * Puts sets that share a member, directly or through other sets, into one component (union–find).
 * Returns each set's component, named by its alphabetically first member.
 */
export function connectedComponents(sets: readonly (readonly string[])[]): string[] {
  const parents = new Map<string, string>();
  function rootOf(member: string): string {
    let root = member;
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) root = parent;
    return root;
  }
  for (const members of sets) {
    for (const member of members) {
      const [first = member, second = member] = [rootOf(members[0] ?? member), rootOf(member)].sort();
      if (first !== second) parents.set(second, first);
    }
  }
  return sets.map((members) => rootOf(members[0] ?? ''));
}
