// The prefixes of a code that decode, for sliders and slow links.

/**
 * What the first bits of a code say, coarse to fine: [{bits, points()}]; the last one is the whole code.
 *
 * Of a nested code every 8 bits give another cloud. A cell code tells one level of cells after another; those
 * that are too coarse for any grid are left out.
 */
export function refinements(model, code) {
  if (model.cells) {
    const decoded = model.cells.decode(code);
    const steps = decoded.levels.map(({ bytes }, level) => ({
      bits: 8 * bytes,
      level,
      points: () => model.cells.points(decoded, model.points, level),
    }));
    return steps.filter(({ level }) => decoded.grid.at(level));
  }
  const steps = [];
  for (let bits = model.shortest; bits <= 8 * code.length; bits += 8) {
    steps.push({ bits, points: () => model.decode(code.subarray(0, bits / 8)) });
  }
  return steps;
}
