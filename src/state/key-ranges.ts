import { isAlias, isMap, isScalar, isSeq, visit, type Document, type Pair, type YAMLMap } from 'yaml';

export type Path = readonly (string | number)[];

/** Offsets of a key in the text that was parsed. */
export interface KeyRange {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Where the keys of a YAML document stand; aliases and merged maps (`<<`) are followed to where they are written. */
export class KeyRanges {
  private readonly document: Document.Parsed;
  private readonly pairs = new Map<YAMLMap, Map<string, Pair>>();
  private readonly targets = new Map<unknown, unknown>();

  constructor(document: Document.Parsed) {
    this.document = document;
    const anchors = new Map<string, unknown>();
    visit(document, {
      Node: (_, node) => {
        if (isAlias(node)) this.targets.set(node, anchors.get(node.source));
        else if (node.anchor !== undefined) anchors.set(node.anchor, node);
      },
    });
  }

  /** The last key on the path. Of a path that ends in a list, or cannot be followed to its end, the last one found. */
  of(path: Path): KeyRange | undefined {
    let node: unknown = this.document.contents;
    let found: KeyRange | undefined;
    for (const part of path) {
      const pair = this.pair(node, String(part), 0);
      if (pair) found = rangeOf(pair) ?? found;
      const list = this.resolved(node);
      node = pair ? pair.value : isSeq(list) ? list.items[Number(part)] : undefined;
    }
    return found;
  }

  /** Keys that stand twice in one map. */
  double(): readonly KeyRange[] {
    const found: KeyRange[] = [];
    visit(this.document, {
      Map: (_, map) => {
        const seen = new Set<string>();
        for (const pair of map.items) {
          const range = rangeOf(pair);
          if (range && seen.has(range.name) && range.name !== '<<') found.push(range);
          if (range) seen.add(range.name);
        }
      },
    });
    return found;
  }

  private resolved(node: unknown): unknown {
    return isAlias(node) ? this.targets.get(node) : node;
  }

  private pair(node: unknown, name: string, merges: number): Pair | undefined {
    const map = this.resolved(node);
    if (!isMap(map) || merges > MERGE_LIMIT) return undefined;
    let pairs = this.pairs.get(map);
    if (!pairs) {
      pairs = new Map(map.items.map(pair => [keyText(pair.key), pair]));
      this.pairs.set(map, pairs);
    }
    const merged = pairs.get('<<')?.value;
    const own = pairs.get(name);
    if (own || merged === undefined) return own;
    const sources = this.resolved(merged);
    for (const source of isSeq(sources) ? sources.items : [sources]) {
      const pair = this.pair(source, name, merges + 1);
      if (pair) return pair;
    }
    return undefined;
  }
}

// A map may merge itself.
const MERGE_LIMIT = 8;

function rangeOf({ key }: Pair): KeyRange | undefined {
  if (!isScalar(key) || !key.range) return undefined;
  const [start, end] = key.range;
  return { name: keyText(key), start, end };
}

/** The library has a symbol for `<<`. */
function keyText(key: unknown): string {
  if (!isScalar(key)) return '';
  return typeof key.value === 'symbol' ? (key.value.description ?? '') : String(key.value);
}
