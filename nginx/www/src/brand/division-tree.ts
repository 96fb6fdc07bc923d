/** Divisions as a tree: from the flat list that the server gives. */
import type { Division } from "../api/types.gen";

export interface Node {
  division: Division;
  children: Node[];
  /** 1 at the top. */
  level: number;
}

/** Sorted by name on each level. What stands below something that isn't there stands at the top. */
export function treeOf(divisions: readonly Division[]): Node[] {
  const ids = new Set(divisions.map((d) => d.id));
  const below = new Map<string | null, Division[]>();
  for (const d of divisions) {
    const parent = d.parent_division_id !== null && ids.has(d.parent_division_id) ? d.parent_division_id : null;
    below.set(parent, [...(below.get(parent) ?? []), d]);
  }
  const build = (parent: string | null, level: number): Node[] =>
    (below.get(parent) ?? []).sort((a, b) => a.name.localeCompare(b.name)).map((division) => ({ division, level, children: build(division.id, level + 1) }));
  return build(null, 1);
}

/** The lines that are seen while these are open, from top to bottom. */
export function visible(nodes: readonly Node[], closed: ReadonlySet<string>): Node[] {
  return nodes.flatMap((node) => [node, ...(closed.has(node.division.id) ? [] : visible(node.children, closed))]);
}

/** The ids of a division and of all below it. */
export function withBelow(divisions: readonly Division[], id: string): Set<string> {
  const found = new Set([id]);
  for (let grew = true; grew;) {
    grew = false;
    for (const d of divisions) {
      if (d.parent_division_id !== null && found.has(d.parent_division_id) && !found.has(d.id)) {
        found.add(d.id);
        grew = true;
      }
    }
  }
  return found;
}

/** From the one directly above up to the top. */
export function above(divisions: readonly Division[], id: string): Division[] {
  const byId = new Map(divisions.map((d) => [d.id, d]));
  const path: Division[] = [];
  for (let d = byId.get(id); d?.parent_division_id && path.length < 32;) {
    d = byId.get(d.parent_division_id);
    if (d) path.push(d);
  }
  return path;
}
