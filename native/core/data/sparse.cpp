#include "data/sparse.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string>
#include <utility>

#include "data/table.h"
#include "error.h"

namespace glissade {

SparseBuilder::SparseBuilder(size_t columns) : columns_(columns) { offsets_.push(0); }

template <typename Value>
void SparseBuilder::append(const double* offsets, size_t rows, const uint32_t* indices, const Value* values,
                           size_t entries) {
  const size_t rowsBefore = this->rows(), entriesBefore = this->entries();
  const float largestBefore = largest_;
  try {
    if (rows > UINT32_MAX - rowsBefore) throw Error("ERR_OUT_OF_RANGE", "there are more than 2^32 - 1 rows");
    for (size_t i = 0; i < rows; ++i) {
      const double begin = offsets[i], end = offsets[i + 1];
      if (!(begin >= 0 && begin <= end && end <= static_cast<double>(entries) && std::floor(begin) == begin &&
            std::floor(end) == end))
        throw Error("ERR_SHAPE", "the offsets of row " + std::to_string(this->rows()) + " do not ascend within the " +
                                     std::to_string(entries) + " entries");
      const auto first = static_cast<size_t>(begin);
      appendRow(indices + first, values ? values + first : nullptr, static_cast<size_t>(end) - first);
    }
  } catch (NonFinite& found) {
    shorten(rowsBefore, entriesBefore, largestBefore);
    const auto isNotFinite = [](Value value) { return !std::isfinite(static_cast<float>(value)); };
    found.count = std::max<size_t>(1, values ? std::count_if(values, values + entries, isNotFinite) : 0);
    throw nonFiniteError("values", found);
  } catch (...) {
    shorten(rowsBefore, entriesBefore, largestBefore);
    throw;
  }
}

void SparseBuilder::shorten(size_t rows, size_t entries, float largest) {
  offsets_.resize(rows + 1);
  indices_.resize(entries);
  if (hasValues_) values_.resize(entries);
  if (hasRests_) rests_.resize(entries);
  largest_ = largest;
}

/// Starts to store values. All before were 1.
void SparseBuilder::storeValues() {
  values_.resize(entries());
  std::fill_n(values_.data(), entries(), 1.0f);
  hasValues_ = true;
}

/// Starts to store rests. All before were 0.
void SparseBuilder::storeRests() {
  if (!hasValues_) storeValues();
  rests_.resize(entries());
  std::fill_n(rests_.data(), entries(), 0.0f);
  hasRests_ = true;
}

template <typename Value>
void SparseBuilder::appendRow(const uint32_t* indices, const Value* values, size_t count) {
  if (count > UINT32_MAX) throw Error("ERR_OUT_OF_RANGE", "a row has more than 2^32 - 1 entries");
  bool ascends = true;
  for (size_t k = 0; k < count; ++k) {
    if (indices[k] >= columns_)
      throw Error("ERR_OUT_OF_RANGE", "Expected a column from 0 to " + std::to_string(columns_ - 1) + " for row " +
                                          std::to_string(rows()) + ", entry " + std::to_string(k) + " but received " +
                                          std::to_string(indices[k]));
    ascends &= k == 0 || indices[k - 1] < indices[k];
  }
  const auto valueAt = [&](size_t k) { return values ? static_cast<double>(values[k]) : 1.0; };
  if (ascends) {
    pushDistinct(
        count, [&](size_t k) { return indices[k]; }, valueAt);
    return;
  }
  // Sorts entries by column. Those of one column keep their order, which is the order of their sum.
  order_.resize(count);
  if (!orderFew(indices, count)) {
    for (size_t k = 0; k < count; ++k) order_[k] = uint64_t{indices[k]} << 32 | k;
    std::sort(order_.begin(), order_.end());
  }
  const auto columnAt = [&](size_t k) { return static_cast<uint32_t>(order_[k] >> 32); };
  const auto sortedAt = [&](size_t k) { return valueAt(static_cast<uint32_t>(order_[k])); };
  bool isRepeated = false;
  for (size_t k = 1; k < count; ++k) isRepeated |= columnAt(k - 1) == columnAt(k);
  if (!isRepeated) {
    pushDistinct(count, columnAt, sortedAt);
    return;
  }
  for (size_t k = 0; k < count;) {
    const uint32_t column = columnAt(k);
    double sum = sortedAt(k);
    ++k;
    if (k == count || columnAt(k) != column) sum = static_cast<float>(sum);
    for (; k < count && columnAt(k) == column; ++k) sum += sortedAt(k);
    push(column, sum);
  }
  offsets_.push(indices_.size());
}

/// Sorts up to 32 entries by column: each goes to the place that equals the number of smaller columns, which is counted
/// by vectorised comparisons. Returns false, without a result, if there are more entries or if a column occurs twice.
bool SparseBuilder::orderFew(const uint32_t* indices, size_t count) {
  constexpr size_t kFew = 32;
  if (count > kFew || columns_ > INT32_MAX) return false;
  std::array<int32_t, kFew> columns = {}, places = {};
  for (size_t k = 0; k < count; ++k) columns[k] = static_cast<int32_t>(indices[k]);
  for (size_t k = 0; k < count; ++k)
#pragma omp simd
    for (size_t j = 0; j < kFew; ++j) places[j] += columns[k] < columns[j] ? 1 : 0;
  uint32_t taken = 0;
  for (size_t k = 0; k < count; ++k) {
    const auto place = static_cast<size_t>(places[k]);
    taken |= uint32_t{1} << place;
    order_[place] = uint64_t{indices[k]} << 32 | k;
  }
  return static_cast<size_t>(std::popcount(taken)) == count;
}

/// Adds a row of different columns in ascending order, whose values are rounded to float.
template <typename ColumnAt, typename ValueAt>
void SparseBuilder::pushDistinct(size_t count, ColumnAt columnAt, ValueAt valueAt) {
  const size_t before = entries();
  float largest = largest_;
  bool areOnes = true;
  for (size_t k = 0; k < count; ++k) {
    const auto value = static_cast<float>(valueAt(k));
    if (!std::isfinite(value)) throw NonFinite{1, rows(), columnAt(k), static_cast<double>(value)};
    largest = std::max(largest, std::abs(value));
    areOnes &= value == 1;
  }
  largest_ = largest;
  if (!areOnes && !hasValues_) storeValues();
  indices_.resize(before + count);
  for (size_t k = 0; k < count; ++k) indices_.data()[before + k] = columnAt(k);
  if (hasValues_) {
    values_.resize(before + count);
    for (size_t k = 0; k < count; ++k) values_.data()[before + k] = static_cast<float>(valueAt(k));
  }
  if (hasRests_) {
    rests_.resize(before + count);
    std::fill_n(rests_.data() + before, count, 0.0f);
  }
  offsets_.push(indices_.size());
}

void SparseBuilder::push(uint32_t column, double value) {
  const auto stored = static_cast<float>(value);
  if (!std::isfinite(stored)) throw NonFinite{1, rows(), column, static_cast<double>(stored)};
  const auto rest = static_cast<float>(value - static_cast<double>(stored));
  if (stored != 1 && !hasValues_) storeValues();
  if (rest != 0 && !hasRests_) storeRests();
  largest_ = std::max(largest_, std::abs(stored));
  indices_.push(column);
  if (hasValues_) values_.push(stored);
  if (hasRests_) rests_.push(rest);
}

void SparseBuilder::reserve(const SparseTable& table) {
  if (table.rows > UINT32_MAX - rows()) throw Error("ERR_OUT_OF_RANGE", "there are more than 2^32 - 1 rows");
  const size_t count = entries() + table.entries();
  offsets_.reserve(offsets_.size() + table.rows);
  indices_.reserve(count);
  if (hasValues_ || table.values) values_.reserve(count);
  if (hasRests_ || table.rests) rests_.reserve(count);
}

void SparseBuilder::append(const SparseTable& table) noexcept {
  const size_t before = entries(), count = table.entries(), rowsBefore = rows();
  if (table.values && !hasValues_) storeValues();
  if (table.rests && !hasRests_) storeRests();
  offsets_.resize(offsets_.size() + table.rows);
  for (size_t row = 1; row <= table.rows; ++row) offsets_.data()[rowsBefore + row] = before + table.offsets.get()[row];
  indices_.resize(before + count);
  std::copy_n(table.indices.get(), count, indices_.data() + before);
  const auto add = [&](Growing<float>& numbers, const float* given, float otherwise) {
    numbers.resize(before + count);
    if (given) {
      std::copy_n(given, count, numbers.data() + before);
    } else {
      std::fill_n(numbers.data() + before, count, otherwise);
    }
  };
  if (hasValues_) add(values_, table.values.get(), 1);
  if (hasRests_) add(rests_, table.rests.get(), 0);
  largest_ = std::max(largest_, table.largest);
}

size_t SparseBuilder::bytes() const {
  return offsets_.capacity() * sizeof(uint64_t) +
         sizeof(float) * (indices_.capacity() + values_.capacity() + rests_.capacity());
}

std::shared_ptr<const SparseTable> SparseBuilder::build() {
  auto table = share();
  handOver();
  return table;
}

std::shared_ptr<const SparseTable> SparseBuilder::share() {
  const size_t count = rows();
  size_t longest = 0;
  for (size_t row = 0; row < count; ++row)
    longest = std::max<size_t>(longest, offsets_.data()[row + 1] - offsets_.data()[row]);
  handover_ = {};
  handover_.next.push(0);
  auto table = std::make_shared<SparseTable>();
  *table = {
      count,    columns_, offsets_.shareBy(handover_.offsets), indices_.shareBy(handover_.indices), nullptr, nullptr,
      largest_, longest};
  if (hasValues_) table->values = values_.shareBy(handover_.values);
  if (hasRests_) table->rests = rests_.shareBy(handover_.rests);
  return table;
}

void SparseBuilder::handOver() noexcept {
  offsets_.handOver(handover_.offsets);
  indices_.handOver(handover_.indices);
  if (hasValues_) values_.handOver(handover_.values);
  if (hasRests_) rests_.handOver(handover_.rests);
  offsets_ = std::move(handover_.next);
  hasValues_ = hasRests_ = false;
  largest_ = 0;
}

template void SparseBuilder::append(const double*, size_t, const uint32_t*, const float*, size_t);
template void SparseBuilder::append(const double*, size_t, const uint32_t*, const double*, size_t);

}  // namespace glissade
