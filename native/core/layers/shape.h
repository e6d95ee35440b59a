#pragma once

#include <cstddef>
#include <string>

namespace glissade {

/// The shape of an example between two layers: numbers (one position); a sequence of `height` positions; or an image
/// of height × width positions. Each has `channels` numbers.
struct Shape {
  size_t height = 1, width = 1, channels = 0;

  size_t positions() const { return height * width; }
  size_t size() const { return positions() * channels; }
  bool isFlat() const { return positions() == 1; }
  bool operator==(const Shape&) const = default;

  std::string text() const {
    if (isFlat()) return std::to_string(channels) + (channels == 1 ? " number" : " numbers");
    if (width == 1)
      return std::to_string(height) + " positions of " + std::to_string(channels) +
             (channels == 1 ? " number" : " numbers");
    return "an image of " + std::to_string(height) + " x " + std::to_string(width) + " x " + std::to_string(channels);
  }
};

}  // namespace glissade
