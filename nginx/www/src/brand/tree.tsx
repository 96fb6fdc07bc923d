/** The tree of divisions, by the WAI-ARIA pattern: one tab stop, arrows within, Enter opens one. */
import { ChevronDown, ChevronRight } from "lucide-react";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { t } from "../lib/i18n";
import { cx } from "../ui/parts";
import { visible, type Node } from "./division-tree";
import s from "./brand.module.css";

interface TreeProps {
  nodes: Node[];
  chosen: string | null;
  onChoose(id: string): void;
}

function useTree({ nodes, chosen, onChoose }: TreeProps) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [focus, setFocus] = useState<string | null>(chosen);
  const box = useRef<HTMLUListElement>(null);
  const moved = useRef(false);
  const lines = visible(nodes, closed);
  const at = Math.max(0, lines.findIndex((line) => line.division.id === focus));
  useEffect(() => {
    if (moved.current) box.current?.querySelector<HTMLElement>(`[data-division="${focus}"]`)?.focus();
    moved.current = false;
  }, [focus]);
  const go = (line: Node | undefined) => {
    if (!line) return;
    moved.current = true;
    setFocus(line.division.id);
  };
  const close = (id: string, on: boolean) => setClosed((old) => new Set(on ? [...old, id] : [...old].filter((x) => x !== id)));
  const right = (line: Node) => (closed.has(line.division.id) ? close(line.division.id, false) : go(line.children[0]));
  const left = (line: Node) => {
    if (line.children.length > 0 && !closed.has(line.division.id)) return close(line.division.id, true);
    go(lines.find((l) => l.children.some((child) => child.division.id === line.division.id)));
  };
  const byLetter = (letter: string) => go([...lines.slice(at + 1), ...lines.slice(0, at + 1)].find((l) => l.division.name.toLowerCase().startsWith(letter)));
  const onKeyDown = (event: KeyboardEvent) => {
    const line = lines[at];
    if (!line || event.ctrlKey || event.metaKey || event.altKey) return;
    const acts: Record<string, () => void> = {
      ArrowDown: () => go(lines[at + 1]), ArrowUp: () => go(lines[at - 1]), ArrowRight: () => right(line), ArrowLeft: () => left(line),
      Home: () => go(lines[0]), End: () => go(lines[lines.length - 1]), Enter: () => onChoose(line.division.id), " ": () => onChoose(line.division.id),
    };
    const act = acts[event.key] ?? (/^\p{L}$/u.test(event.key) ? () => byLetter(event.key.toLowerCase()) : null);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  return { box, lines, onKeyDown, closed, close, focused: lines[at]?.division.id ?? null, setFocus };
}

interface ItemProps {
  node: Node;
  place: number;
  count: number;
  chosen: string | null;
  tree: ReturnType<typeof useTree>;
  onChoose(id: string): void;
}

/** The lines stand beside each other and say their level, so that the name of one isn't all that is below it. */
function Item({ node, place, count, chosen, tree, onChoose }: ItemProps) {
  const { division, children, level } = node;
  const open = children.length > 0 ? !tree.closed.has(division.id) : undefined;
  const Arrow = open ? ChevronDown : ChevronRight;
  return (
    <li
      role="treeitem" aria-level={level} aria-setsize={count} aria-posinset={place} aria-expanded={open} aria-selected={chosen === division.id}
      tabIndex={tree.focused === division.id ? 0 : -1} data-division={division.id} className={cx(s.treeLine, chosen === division.id && s.treeChosen)}
      style={{ ["--level" as string]: level - 1 }} onFocus={() => tree.setFocus(division.id)} onClick={() => onChoose(division.id)}
    >
      <span
        className={s.treeArrow} aria-hidden
        onClick={(event) => {
          event.stopPropagation();
          if (open !== undefined) tree.close(division.id, open);
        }}
      >
        {open !== undefined && <Arrow size={16} />}
      </span>
      <span className={s.treeName}>{division.name}<span className="visually-hidden">, {t("{count, plural, =0 {nobody} one {# person} other {# people}}", { count: division.member_count })}</span></span>
      <span className={s.count} aria-hidden>{division.member_count}</span>
    </li>
  );
}

export function Tree(props: TreeProps) {
  const tree = useTree(props);
  const parents = new Map<string, Node[]>();
  const note = (nodes: Node[]) => nodes.forEach((node) => {
    parents.set(node.division.id, nodes);
    note(node.children);
  });
  note(props.nodes);
  return (
    <ul role="tree" aria-label={t("Divisions")} ref={tree.box} className={s.tree} onKeyDown={tree.onKeyDown}>
      {tree.lines.map((node) => {
        const beside = parents.get(node.division.id)!;
        return <Item key={node.division.id} node={node} place={beside.indexOf(node) + 1} count={beside.length} chosen={props.chosen} tree={tree} onChoose={props.onChoose} />;
      })}
    </ul>
  );
}
