import type { Figure, Mark } from '../../pages/index.js';
import type { ColumnDependence, DependencePoint, Trained } from '../../tables/index.js';
import { shortened, shownCell } from '../../tables/shown_cells.js';

type Shown = Pick<Trained, 'report'>;
type Color = 'blue' | 'orange' | 'green' | 'red' | 'purple' | 'teal';

/** The colours of the classes or quantiles in a figure, of which more are not shown. */
const colors: readonly Color[] = ['blue', 'orange', 'green', 'red', 'purple', 'teal'];

/** How the mean prediction depends on each of the most important columns, on the same scale. */
export function dependenceFigures({ report }: Shown): Figure[] {
  const seriesOfAll = report.dependence.map(({ points }) => seriesOf(points, report.positive));
  const domain = domainOf(seriesOfAll.flat().flatMap(({ values }) => values));
  return report.dependence.map((one, i) => {
    const series = seriesOfAll[i]!;
    const isCurve = one.kind === 'number';
    const places = one.points.map(({ value }, place) => (isCurve ? (value as number) : place + 1));
    const quantity = report.task === 'classification' ? 'mean probability' : `mean prediction of ${report.target}`;
    const only = series.length === 1 && series[0]!.name !== undefined ? ` of ${shortened(series[0]!.name)}` : '';
    const measure = { label: `${quantity}${only}`, domain };
    const column = { label: shortened(one.column) };
    return {
      name: `dependence-${i + 1}`,
      title: `Partial dependence on ${shortened(one.column)}`,
      caption: `The mean prediction for a sample of rows if all of them had ${isCurve ? 'the value on the axis' : 'this value'}, and their other values as they are. It shows what the model does with the column, not what the column causes. All such figures have the same scale.`,
      ...(isCurve
        ? { x: column, y: measure }
        : { x: measure, y: { ...column, names: one.points.map(({ value }) => nameOf(one, value)) } }),
      marks: series.flatMap(({ name, values }, place): Mark[] => {
        const color = colors[place]!;
        const named = series.length > 1 ? { name: shortened(name!), color } : { color };
        if (!isCurve) return [{ kind: 'dots', ...named, points: values.map((value, at) => [value, places[at]!]) }];
        const points = values.map((value, at): [number, number] => [places[at]!, value]);
        return [
          { kind: 'line', ...named, points },
          { kind: 'dots', color, points, radius: 2 },
        ];
      }),
    };
  });
}

/** The range of some values with a margin. */
function domainOf(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = 0.03 * (high - low) || 0.5;
  return [low - margin, high + margin];
}

/** The numbers of the predictions, point by point. Of classes, those whose probability varies most; of two, the rarer one. */
function seriesOf(
  points: readonly DependencePoint[],
  positive: Trained['report']['positive'],
): { readonly name: string | undefined; readonly values: number[] }[] {
  const [{ prediction: first }] = points as [DependencePoint];
  if (typeof first === 'number')
    return [{ name: undefined, values: points.map(({ prediction }) => prediction as number) }];
  const names = positive === undefined ? Object.keys(first) : [String(positive)];
  const all = names.map((name) => ({
    name,
    values: points.map(({ prediction }) => (prediction as Record<string, number>)[name]!),
  }));
  const range = ({ values }: { values: number[] }) => Math.max(...values) - Math.min(...values);
  if (all.length <= colors.length) return all;
  return all.sort((a, b) => range(b) - range(a)).slice(0, colors.length);
}

function nameOf({ kind }: ColumnDependence, value: DependencePoint['value']): string {
  if (value === null) return 'missing';
  return kind === 'date' && typeof value === 'string' ? shownCell(new Date(value)) : shownCell(value);
}
