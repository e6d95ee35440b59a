#pragma once

#include <array>

#include "layers/layer.h"
#include "layers/rows.h"

namespace glissade {

/// A window's sizes, [vertical, horizontal], in positions.
struct WindowOptions {
  std::array<size_t, 2> kernel, stride, padding;
  bool isSame = false;  // pads so that there are ⌈size / stride⌉ outputs; an odd line of padding comes last
};

/// @throws Error ERR_SHAPE if the window is larger than the padded image.
Windows windowsOver(const Shape& image, const WindowOptions& options);

inline Shape shapeOf(const Windows& windows, size_t channels) {
  return {windows.outputHeight, windows.outputWidth, channels};
}

}  // namespace glissade
