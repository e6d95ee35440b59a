#pragma once

#include <optional>

#include "layers/rows.h"

namespace glissade {

/// Calls visit(output row, seen) for the windows over `count` images, where seen(tap) is the input row at a position of
/// the window, or nothing outside the image.
template <typename Visit>
void forEachWindow(const Windows& w, size_t count, Visit visit) {
  for (size_t example = 0; example < count; ++example)
    for (size_t y = 0; y < w.outputHeight; ++y)
      for (size_t x = 0; x < w.outputWidth; ++x)
        visit((example * w.outputHeight + y) * w.outputWidth + x, [=](size_t tap) -> std::optional<size_t> {
          const size_t line = y * w.strideHeight + tap / w.kernelWidth,
                       column = x * w.strideWidth + tap % w.kernelWidth;
          if (line < w.top || line >= w.top + w.height || column < w.left || column >= w.left + w.width) return {};
          return (example * w.height + line - w.top) * w.width + column - w.left;
        });
}

}  // namespace glissade
