#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "layers/shape.h"

namespace glissade {

/// An input block of a network.
struct NetworkInput {
  InputBlock::Kind kind = InputBlock::Kind::dense;
  std::string name = "inputs";
  Shape shape{};                        // of dense inputs
  size_t columns = 0;                   // of sparse ones
  std::vector<uint32_t> cardinalities;  // of categories

  static NetworkInput numbers(const Shape& shape) {
    NetworkInput input;
    input.shape = shape;
    return input;
  }

  size_t width() const {
    switch (kind) {
      case InputBlock::Kind::dense: return shape.size();
      case InputBlock::Kind::categorical: return cardinalities.size();
      case InputBlock::Kind::sparse: return columns;
    }
    __builtin_unreachable();
  }
};

/// The input blocks that a network takes.
class NetworkInputs {
 public:
  explicit NetworkInputs(std::vector<NetworkInput> list) : list_(std::move(list)) {}

  const std::vector<NetworkInput>& list() const { return list_; }
  size_t count() const { return list_.size(); }
  const NetworkInput& operator[](size_t input) const { return list_[input]; }

  /// How many columns the inputs have together.
  size_t width() const;

  /// The block of a dataset for one of the inputs.
  /// @throws Error ERR_SHAPE if there is none.
  const InputBlock& blockFor(size_t input, const Dataset& data) const;

  /// @throws Error ERR_SHAPE if the blocks of `data` are not those that the network takes.
  void check(const Dataset& data) const;

 private:
  std::vector<NetworkInput> list_;
};

}  // namespace glissade
