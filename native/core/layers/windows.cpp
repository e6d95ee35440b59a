#include "layers/windows.h"

#include <algorithm>

#include "error.h"

namespace glissade {
namespace {

struct Side {
  size_t before, outputs;
};

Side sideOf(size_t size, size_t kernel, size_t stride, size_t padding, bool isSame) {
  if (isSame) {
    const size_t outputs = ceilingOf(size, stride), covered = (outputs - 1) * stride + kernel;
    return {covered > size ? (covered - size) / 2 : 0, outputs};
  }
  if (size + 2 * padding < kernel) return {padding, 0};
  return {padding, (size + 2 * padding - kernel) / stride + 1};
}

}  // namespace

Windows windowsOver(const Shape& image, const WindowOptions& options) {
  const auto& [kernel, stride, padding, isSame] = options;
  const Side vertical = sideOf(image.height, kernel[0], stride[0], padding[0], isSame);
  const Side horizontal = sideOf(image.width, kernel[1], stride[1], padding[1], isSame);
  if (vertical.outputs == 0 || horizontal.outputs == 0)
    throw Error("ERR_SHAPE", "a window of " + std::to_string(kernel[0]) + " x " + std::to_string(kernel[1]) +
                                 " does not fit into " + image.text() + "; give it padding, or a smaller window");
  return {image.height, image.width,     kernel[0],         kernel[1],        stride[0],
          stride[1],    vertical.before, horizontal.before, vertical.outputs, horizontal.outputs};
}

}  // namespace glissade
