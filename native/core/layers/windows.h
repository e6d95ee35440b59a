#pragma once

#include <array>

#include "layers/layer.h"
#include "layers/rows.h"

namespace glissade {

/// Sizes of a window, vertical and horizontal, as people give them.
struct WindowOptions {
  std::array<size_t, 2> kernel, stride, padding;
  bool isSame = false;  // pads so that the outputs are ⌈size / stride⌉, with the odd line at the end
};

/// @throws Error ERR_SHAPE where a window does not fit the image.
Windows windowsOver(const Shape& image, const WindowOptions& options);

inline Shape shapeOf(const Windows& windows, size_t channels) {
  return {windows.outputHeight, windows.outputWidth, channels};
}

}  // namespace glissade
