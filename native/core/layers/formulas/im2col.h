// im2col copies what the windows of a convolution see to rows of a matrix, the patches. col2im adds the patches back.
//
//                tap tapBegin   tapBegin + 1         tapEnd − 1
//              ┌─ channels ─┬─ channels ─┬ … ┬─ channels ─┐
//   row begin  │            │            │   │            │
//   begin + 1  │            │            │   │            │
//       …      └────────────┴────────────┴ … ┴────────────┘
//
// A row is an output (example, y, x). Tap t holds the channels at row y·strideHeight − top + t / kernelWidth and column
// x·strideWidth − left + t % kernelWidth of the image, or zeros if that is outside.
//
// Assumes    images and patches in panels with any strides; images have a row for each position (example, row, column)
// Alignment  that of the elements
// Writes     im2col: the columns above of patch rows [0, end − begin); col2im: adds to the positions that they see
// Order      col2im: a position adds the outputs that see it line by line, those of a line (in [begin, end)) tap by tap
#pragma once

#include "layers/formulas/columns.h"

namespace glissade {
namespace {

/// For each tap and outputs [xBegin, xEnd) of line y, calls visit(tap, begin, end, input row of the first) for the run
/// of outputs that see a position of the image, and outside(tap, begin, end) for the runs (maybe empty) that see none.
template <typename Visit, typename Outside>
inline __attribute__((always_inline)) void forEachTapOfLine(const Windows& w, size_t example, size_t y, size_t xBegin,
                                                            size_t xEnd, size_t tapBegin, size_t tapEnd, Visit visit,
                                                            Outside outside) {
  for (size_t tap = tapBegin; tap < tapEnd; ++tap) {
    const size_t row = y * w.strideHeight + tap / w.kernelWidth, column = tap % w.kernelWidth;
    if (row < w.top || row >= w.top + w.height) {
      outside(tap, xBegin, xEnd);
      continue;
    }
    // Inside are the outputs x with left ≤ x·stride + column < left + width.
    const size_t first = column >= w.left ? 0 : (w.left - column + w.strideWidth - 1) / w.strideWidth;
    const size_t beyond = w.left + w.width <= column ? 0 : (w.left + w.width - column - 1) / w.strideWidth + 1;
    const size_t begin = first < xBegin ? xBegin : leastOf(first, xEnd),
                 end = beyond < begin ? begin : leastOf(beyond, xEnd);
    outside(tap, xBegin, begin);
    if (begin < end)
      visit(tap, begin, end, (example * w.height + row - w.top) * w.width + begin * w.strideWidth + column - w.left);
    outside(tap, end, xEnd);
  }
}

/// Calls work(first output row, example, y, xBegin, xEnd) for each line of which output rows [begin, end) have a run.
template <typename Work>
inline __attribute__((always_inline)) void forEachLine(const Windows& w, size_t begin, size_t end, Work work) {
  for (size_t row = begin; row < end;) {
    const size_t line = row / w.outputWidth, x = row % w.outputWidth;
    const size_t xEnd = leastOf(w.outputWidth, x + (end - row));
    work(row, line / w.outputHeight, line % w.outputHeight, x, xEnd);
    row += xEnd - x;
  }
}

/// The copy of a tap for a run of outputs: every strideWidth-th row of the image to the tap's columns of the patches.
template <typename Real>
ColumnRows<Real> columnsOf(const Im2colRows<Real>& p, size_t tap, size_t imageRow, size_t patchRow, size_t count) {
  const size_t stride = p.windows.strideWidth;
  return {{p.image.data + imageRow * p.image.rowStride, p.image.panelStride, p.image.rowStride * stride},
          0,
          {p.patches.data + patchRow * p.patches.rowStride, p.patches.panelStride, p.patches.rowStride},
          (tap - p.tapBegin) * p.channels,
          p.channels,
          0,
          count};
}

/// im2col for outputs [xBegin, xEnd) of line y, tap by tap. The patch row of output x is first + x.
template <typename Real>
inline void copyTaps(const Im2colRows<Real>& p, size_t first, size_t example, size_t y, size_t xBegin, size_t xEnd) {
  forEachTapOfLine(
      p.windows, example, y, xBegin, xEnd, p.tapBegin, p.tapEnd,
      [&](size_t tap, size_t begin, size_t end, size_t imageRow) {
        copyColumns(columnsOf(p, tap, imageRow, first + begin, end - begin));
      },
      [&](size_t tap, size_t begin, size_t end) {
        const size_t column = (tap - p.tapBegin) * p.channels;
        for (size_t x = begin; x < end; ++x)
          for (size_t c = 0; c < p.channels; ++c) *at(p.patches, first + x, column + c) = 0;
      });
}

/// The outputs of [xBegin, xEnd) whose windows are inside the image horizontally.
inline void insideOf(const Windows& w, size_t xBegin, size_t xEnd, size_t& begin, size_t& end) {
  const size_t first = (w.left + w.strideWidth - 1) / w.strideWidth;
  const size_t beyond = w.left + w.width < w.kernelWidth ? 0 : (w.left + w.width - w.kernelWidth) / w.strideWidth + 1;
  begin = first < xBegin ? xBegin : leastOf(first, xEnd);
  end = beyond < begin ? begin : leastOf(beyond, xEnd);
}

/// In a row-major image, what a line of a window sees is adjacent, and copied at once where it is inside.
template <typename Real>
void im2col(const Im2colRows<Real>& p) {
  const Windows& w = p.windows;
  const bool isRowMajor = p.image.panelStride == kPanelWidth<Real> && p.image.rowStride == p.channels;
  forEachLine(w, p.begin, p.end, [&](size_t row, size_t example, size_t y, size_t xBegin, size_t xEnd) {
    const size_t first = row - p.begin - xBegin;  // modulo 2^64: the patch row of x is first + x
    if (!isRowMajor) return copyTaps(p, first, example, y, xBegin, xEnd);
    size_t begin, end;
    insideOf(w, xBegin, xEnd, begin, end);
    for (size_t tap = p.tapBegin; tap < p.tapEnd;) {
      const size_t column = tap % w.kernelWidth, last = leastOf(tap - column + w.kernelWidth, p.tapEnd);
      const size_t line = y * w.strideHeight + tap / w.kernelWidth - w.top;  // ≥ height if it is outside
      const size_t imageRow = (example * w.height + line) * w.width - w.left;
      const auto copyEach = [&](size_t from, size_t to) {
        for (size_t x = from; x < to; ++x)
          for (size_t t = tap; t < last; ++t) {
            const size_t seen = x * w.strideWidth + column + t - tap;
            const bool isInside = line < w.height && seen >= w.left && seen < w.left + w.width;
            for (size_t c = 0; c < p.channels; ++c)
              *at(p.patches, first + x, (t - p.tapBegin) * p.channels + c) =
                  isInside ? p.image.data[(imageRow + seen) * p.channels + c] : 0;
          }
      };
      if (line >= w.height || begin == end) {
        copyEach(xBegin, xEnd);
      } else {
        copyEach(xBegin, begin);
        ColumnRows<Real> copy =
            columnsOf(p, tap, imageRow + begin * w.strideWidth + column, first + begin, end - begin);
        copy.columns = (last - tap) * p.channels;
        copyColumns(copy);
        copyEach(end, xEnd);
      }
      tap = last;
    }
  });
}

template <typename Real>
void col2im(const Im2colRows<Real>& p) {
  forEachLine(p.windows, p.begin, p.end, [&](size_t row, size_t example, size_t y, size_t xBegin, size_t xEnd) {
    const size_t first = row - p.begin - xBegin;
    forEachTapOfLine(
        p.windows, example, y, xBegin, xEnd, p.tapBegin, p.tapEnd,
        [&](size_t tap, size_t begin, size_t end, size_t imageRow) {
          const ColumnRows<Real> back = columnsOf(p, tap, imageRow, first + begin, end - begin);
          addColumns(ColumnRows<Real>{
              {back.to.data, back.to.panelStride, back.to.rowStride},
              back.toColumn,
              {p.image.data + imageRow * p.image.rowStride, back.from.panelStride, back.from.rowStride},
              0,
              p.channels,
              0,
              end - begin});
        },
        [](size_t, size_t, size_t) {});
  });
}

}  // namespace
}  // namespace glissade
