/** Connected components: users and items that no chain of interactions joins cannot influence each other. */

/** Labels from 0, in order of first appearance; users first, then items without any. */
export interface Components {
  readonly count: number;
  readonly ofUser: Uint32Array;
  readonly ofItem: Uint32Array;
}

/** Components of the graph whose edges are the interactions, by union–find: O(interactions). */
export function componentsOf(users: Uint32Array, items: Uint32Array, userCount: number, itemCount: number): Components {
  const parent = Uint32Array.from({ length: userCount + itemCount }, (_, node) => node);
  const find = (start: number): number => {
    let node = start;
    while (parent[node] !== node) {
      parent[node] = parent[parent[node]];
      node = parent[node];
    }
    return node;
  };
  for (let k = 0; k < users.length; k++) {
    const a = find(users[k]);
    const b = find(userCount + items[k]);
    if (a !== b) parent[Math.max(a, b)] = Math.min(a, b);
  }
  const labels = new Map<number, number>();
  const label = Uint32Array.from(parent, (_, node) => {
    const root = find(node);
    const known = labels.get(root) ?? labels.size;
    labels.set(root, known);
    return known;
  });
  return { count: labels.size, ofUser: label.subarray(0, userCount), ofItem: label.subarray(userCount) };
}
