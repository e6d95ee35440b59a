#include "optimizers/state_layout.h"

#include <utility>

namespace glissade {
namespace {

constexpr size_t kAlignment = 64;

size_t sizeOf(NumberType type) {
  switch (type) {
    case NumberType::float64: return 8;
    case NumberType::float32:
    case NumberType::uint32: return 4;
    case NumberType::bfloat16: return 2;
    default: return 1;
  }
}

}  // namespace

size_t StateLayout::add(std::string name, size_t array, NumberType type, size_t length) {
  const size_t offset = (bytes_ + kAlignment - 1) / kAlignment * kAlignment;
  entries_.push_back({std::move(name), array, type, offset, length});
  bytes_ = offset + length * sizeOf(type);
  return offset;
}

std::vector<size_t> StateLayout::addLike(const Parameters& parameters, const char* name, NumberType type) {
  std::vector<size_t> offsets;
  for (size_t i = 0; i < parameters.count(); ++i)
    offsets.push_back(add(name, i, type, parameters[i].frozen ? 0 : parameters.lengthOf(i)));
  return offsets;
}

}  // namespace glissade
