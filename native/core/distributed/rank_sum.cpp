#include "distributed/rank_sum.h"

#include <type_traits>
#include <utility>

#include "arch/bfloat16.h"

namespace glissade {
namespace {

template <typename Real>
void toBfloat16(const Real* numbers, std::byte* to, size_t count) {
  auto* const codes = reinterpret_cast<uint16_t*>(to);
#pragma omp simd
  for (size_t i = 0; i < count; ++i) codes[i] = static_cast<uint16_t>(rounded(static_cast<float>(numbers[i])) >> 16);
}

template <typename Real>
void fromBfloat16(const std::byte* from, Real* numbers, size_t count) {
  const auto* const codes = reinterpret_cast<const uint16_t*>(from);
#pragma omp simd
  for (size_t i = 0; i < count; ++i) numbers[i] = __builtin_bit_cast(float, static_cast<uint32_t>(codes[i]) << 16);
}

}  // namespace

/// Divides the numbers into parts of ranks, and makes room for them.
/// @throws std::bad_alloc
template <typename Real>
void RankSum<Real>::divide() {
  const size_t ranks = ranks_.size(), bytes = isBfloat16() ? sizeof(uint16_t) : sizeof(Real);
  const Range mine = ranks_.part(count_);
  partCount_ = mine.end - mine.begin;
  for (MpiParts* parts : {&sent_, &received_}) {
    parts->counts.resize(ranks);
    parts->places.resize(ranks);
  }
  for (size_t rank = 0; rank < ranks; ++rank) {
    const Range part = ranks_.part(count_, rank);
    sent_.places[rank] = static_cast<int>(part.begin * bytes);
    sent_.counts[rank] = static_cast<int>((part.end - part.begin) * bytes);
    received_.places[rank] = static_cast<int>(rank * partCount_ * bytes);
    received_.counts[rank] = static_cast<int>(partCount_ * bytes);
  }
  const auto grow = [](auto& buffer, size_t size) {
    if (buffer.size() < size) buffer = std::remove_reference_t<decltype(buffer)>(size + size / 2);
  };
  grow(incoming_, ranks * partCount_ * bytes);
  grow(part_, partCount_ * bytes);
  if (!isBfloat16()) return;
  grow(outgoing_, count_ * bytes);
  grow(sums_, partCount_);
  grow(numbers_, partCount_);
}

template <typename Real>
void RankSum<Real>::begin(Real* items, size_t count) noexcept {
  items_ = items;
  count_ = count;
  ranks_.attempt([&] {
    if (ranks_.summation() == Summation::library) {
      constexpr Mpi::Item kItem = std::is_same_v<Real, float> ? Mpi::Item::float32 : Mpi::Item::float64;
      request_ = ranks_.mpi().beginSum(items_, count_, kItem);
      phase_ = Phase::last;
      return;
    }
    divide();
    if (isBfloat16()) toBfloat16(items_, outgoing_.data(), count_);
    const void* const outgoing = isBfloat16() ? static_cast<const void*>(outgoing_.data()) : items_;
    request_ = ranks_.mpi().beginExchange(outgoing, sent_, incoming_.data(), received_);
    phase_ = Phase::exchanging;
  });
}

template <typename Real>
bool RankSum<Real>::advance(bool mayGoOn) noexcept {
  if (phase_ == Phase::idle) return true;
  ranks_.attempt([&] {
    if (ranks_.mpi().isDone(request_) && (mayGoOn || phase_ == Phase::last)) goOn();
  });
  return !hasMore();
}

template <typename Real>
void RankSum<Real>::finish(const std::function<void()>& meanwhile) noexcept {
  while (phase_ != Phase::idle && !ranks_.hasFailed())
    ranks_.attempt([&] {
      ranks_.wait(request_, meanwhile);
      goOn();
    });
  phase_ = Phase::idle;
}

/// After an operation: begins the next one, or ends the sum.
template <typename Real>
void RankSum<Real>::goOn() {
  if (phase_ == Phase::exchanging) {
    sumPart();
    const size_t mine = static_cast<size_t>(received_.counts[0]);
    void* const all = isBfloat16() ? static_cast<void*>(outgoing_.data()) : items_;
    request_ = ranks_.mpi().beginGather(part_.data(), mine, all, sent_, Mpi::Channel::second);
    phase_ = Phase::last;
    return;
  }
  if (isBfloat16()) fromBfloat16(outgoing_.data(), items_, count_);
  phase_ = Phase::idle;
}

/// Sums this rank's part in the order of ranks.
template <typename Real>
void RankSum<Real>::sumPart() {
  Real* const sums = isBfloat16() ? sums_.data() : reinterpret_cast<Real*>(part_.data());
  for (size_t rank = 0; rank < ranks_.size(); ++rank) {
    const std::byte* const given = incoming_.data() + received_.places[rank];
    const Real* numbers = reinterpret_cast<const Real*>(given);
    if (isBfloat16()) {
      fromBfloat16(given, numbers_.data(), partCount_);
      numbers = numbers_.data();
    }
    kernels_.accumulate(1, numbers, rank == 0, sums, partCount_);
  }
  if (isBfloat16()) toBfloat16(sums, part_.data(), partCount_);
}

template class RankSum<float>;
template class RankSum<double>;

}  // namespace glissade
