import type { GraphBuilder } from './graph_builder.js';

/** How the numbers of an example are laid out in a tensor: as a row, or as an image with its channels last or first. */
export type Layout = 'flat' | 'channelsLast' | 'channelsFirst';

/** A tensor of the graph, with its other layouts for which there are nodes. */
export type Value = { [layout in Layout]?: string };

/** The name of a value in a layout; adds the nodes that convert it. Only images of 1 x 1 may come from rows. */
export function inLayout(builder: GraphBuilder, value: Value, layout: Layout): string {
  value[layout] ??= converted(builder, value, layout);
  return value[layout];
}

function converted(builder: GraphBuilder, value: Value, layout: Layout): string {
  if (layout === 'flat') {
    const image = inLayout(builder, value, 'channelsLast');
    return builder.node('Flatten', [image], `${image}.flat`, { axis: 1 });
  }
  const other = layout === 'channelsLast' ? 'channelsFirst' : 'channelsLast';
  const image = value[other];
  if (image !== undefined) {
    const perm = layout === 'channelsLast' ? [0, 2, 3, 1] : [0, 3, 1, 2];
    return builder.node('Transpose', [image], `${image}.${layout}`, { perm: { ints: perm } });
  }
  const axes = builder.integers(layout === 'channelsLast' ? [1, 2] : [2, 3]);
  return builder.node('Unsqueeze', [value.flat!, axes], `${value.flat}.${layout}`);
}

/** A layout in which a value exists, preferably an image with channels first. */
export const layoutOf = (value: Value): Layout =>
  value.channelsFirst !== undefined ? 'channelsFirst' : value.channelsLast !== undefined ? 'channelsLast' : 'flat';

/** A layout for several values of one shape: flat if one of them is, since it is then a row or an image of 1 x 1. */
export function sharedLayout(values: readonly Value[]): Layout {
  const layouts = values.map(layoutOf);
  if (layouts.includes('flat')) return 'flat';
  return layouts.includes('channelsFirst') ? 'channelsFirst' : 'channelsLast';
}

/** The axis of the channels. */
export const channelAxis = { flat: 1, channelsFirst: 1, channelsLast: 3 } as const;

/** Whether an axis, which may be counted from the end, is that of the channels. */
export function isChannelAxis(axis: number, layout: Layout): boolean {
  const rank = layout === 'flat' ? 2 : 4;
  return axis === channelAxis[layout] || axis === channelAxis[layout] - rank;
}
