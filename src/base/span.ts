/** A stretch of a text, by offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A replacement in a text, as VS Code tells it. */
export interface Replacement {
  readonly rangeOffset: number;
  readonly rangeLength: number;
  readonly text: string;
}

/** Where spans are after replacements. What a replacement takes away whole is gone. */
export function shifted<T extends Span>(
  spans: readonly T[],
  replacements: readonly Replacement[],
): readonly T[] {
  return replacements.reduce<readonly T[]>(
    (all, replacement) => all.flatMap(span => shiftedBy(span, replacement)),
    spans,
  );
}

function shiftedBy<T extends Span>(span: T, { rangeOffset, rangeLength, text }: Replacement): readonly T[] {
  const { start, end } = span;
  const rangeEnd = rangeOffset + rangeLength;
  const longer = text.length - rangeLength;
  if (rangeOffset >= end) return [span];
  if (rangeEnd <= start)
    return longer === 0 ? [span] : [{ ...span, start: start + longer, end: end + longer }];
  if (rangeOffset <= start && rangeEnd >= end) return [];
  return [
    {
      ...span,
      start: rangeOffset < start ? rangeOffset + text.length : start,
      end: rangeEnd > end ? rangeOffset : end + longer,
    },
  ];
}
