// Dual numbers (forward-mode differentiation: Wengert 1964). A formula that is written for any type of number also
// gives its derivative along a direction when it is computed with dual numbers.
#pragma once

#include <cstddef>
#include <type_traits>

namespace glissade {

/// Numbers in memory and their tangents, the derivatives along a direction: tangents[i] belongs to values[i].
/// `tangents` is null where none are computed.
template <typename Real>
struct Track {
  Real* values;
  Real* tangents;
};

namespace {

/// value + tangent·ε, where ε² = 0.
template <typename Real>
struct Dual {
  Real value = 0, tangent = 0;

  Dual() = default;
  Dual(Real value, Real tangent = 0) : value(value), tangent(tangent) {}

  Dual operator-() const { return {-value, -tangent}; }
  Dual& operator+=(const Dual& b) { return *this = *this + b; }
  Dual& operator-=(const Dual& b) { return *this = *this - b; }
  Dual& operator*=(const Dual& b) { return *this = *this * b; }

  friend Dual operator+(const Dual& a, const Dual& b) { return {a.value + b.value, a.tangent + b.tangent}; }
  friend Dual operator-(const Dual& a, const Dual& b) { return {a.value - b.value, a.tangent - b.tangent}; }
  friend Dual operator*(const Dual& a, const Dual& b) {
    return {a.value * b.value, a.tangent * b.value + a.value * b.tangent};
  }
  friend Dual operator/(const Dual& a, const Dual& b) {
    const Real quotient = a.value / b.value;
    return {quotient, (a.tangent - quotient * b.tangent) / b.value};
  }
  friend bool operator<(const Dual& a, const Dual& b) { return a.value < b.value; }
  friend bool operator>(const Dual& a, const Dual& b) { return a.value > b.value; }
  friend bool operator<=(const Dual& a, const Dual& b) { return a.value <= b.value; }
  friend bool operator>=(const Dual& a, const Dual& b) { return a.value >= b.value; }
  friend bool operator==(const Dual& a, const Dual& b) { return a.value == b.value; }
};

template <typename Number>
struct RealOf {
  using Type = Number;
};
template <typename Real>
struct RealOf<Dual<Real>> {
  using Type = Real;
};

template <typename Number>
inline constexpr bool isDual = !std::is_same_v<Number, typename RealOf<Number>::Type>;

template <typename Real>
Real valueIn(const Real& x) {
  return x;
}
template <typename Real>
Real valueIn(const Dual<Real>& x) {
  return x.value;
}

/// x with the tangent of y, which differs from x by a constant: for differences that lose the digits of one of them.
template <typename Real>
Real withTangentOf(const Real&, const Real& x) {
  return x;
}
template <typename Real>
Dual<Real> withTangentOf(const Dual<Real>& y, const Dual<Real>& x) {
  return {x.value, y.tangent};
}

template <typename Real>
Track<Real> operator+(const Track<Real>& track, size_t offset) {
  return {track.values + offset, track.tangents ? track.tangents + offset : nullptr};
}

template <typename Real>
Track<const Real> constant(const Track<Real>& track) {
  return {track.values, track.tangents};
}

/// Element i, with its tangent where Number has one.
template <typename Number, typename Real>
inline Number load(const Track<Real>& from, size_t i) {
  if constexpr (isDual<Number>)
    return {from.values[i], from.tangents[i]};
  else
    return from.values[i];
}

/// Calls work(Dual<Real>{}) if tangents are computed, else work(Real{}). Only the type of the argument matters.
template <typename Real, typename Work>
inline void onNumbers(bool takesTangents, Work work) {
  if (takesTangents)
    work(Dual<Real>{});
  else
    work(Real{});
}

template <typename Number, typename Real>
inline void store(const Track<Real>& to, size_t i, const Number& x) {
  if constexpr (isDual<Number>) {
    to.values[i] = x.value;
    to.tangents[i] = x.tangent;
  } else {
    to.values[i] = x;
  }
}

}  // namespace
}  // namespace glissade
