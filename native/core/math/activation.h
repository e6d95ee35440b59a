#pragma once

namespace glissade {

enum class Activation { identity, relu, leakyRelu, elu, gelu, silu, tanh, sigmoid, softplus };

/// Whether the derivative is found from the argument, which then is to be kept; else from the value.
constexpr bool needsPreactivation(Activation activation) {
  return activation == Activation::gelu || activation == Activation::silu;
}

}  // namespace glissade
