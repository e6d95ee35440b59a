#include "bound_optimizer.h"

#include <algorithm>
#include <utility>

namespace glissade {
namespace {

[[noreturn]] void refuseOverlap(const std::string& one, const std::string& other) {
  throw Error("ERR_INVALID_ARGUMENT", one + " and " + other + " overlap in memory");
}

}  // namespace

template <typename Real>
BoundOptimizer<Real>::BoundOptimizer(Optimizer<Real> optimizer)
    : optimizer_(std::move(optimizer)),
      parameters_(optimizer_.parameters().count()),
      gradients_(parameters_.size()),
      rows_(parameters_.size()) {}

template <typename Real>
void BoundOptimizer<Real>::bind(Napi::Env env, napi_value slab, napi_value parameters) {
  const std::vector<napi_value> items = itemsOf(env, parameters, "parameters");
  if (isBound()) throw Error("ERR_INVALID_ARGUMENT", "the optimizer already has a slab");
  std::vector<Real*> borrowed = borrowLike(env, items, "parameters");
  std::byte* const memory = Argument(Napi::Value(env, slab), "slab")
                                .alignedBytes(Count::atLeast(optimizer_.layout().bytes()), Memory::shared);
  written_ = writtenBy(memory, borrowed);
  state_ = memory;
  parameters_ = std::move(borrowed);
}

template <typename Real>
const double* BoundOptimizer<Real>::borrowRecord(Napi::Env env, napi_value record) const {
  return borrow<double>(env, record, "record", Count::exactly(optimizer_.recordLength())).data();
}

template <typename Real>
std::vector<napi_value> BoundOptimizer<Real>::itemsOf(Napi::Env env, napi_value list, const char* name) const {
  bool isArray = false;
  uint32_t length = 0;
  check(env, napi_is_array(env, list, &isArray));
  if (!isArray) throw Error("ERR_INVALID_ARGUMENT", std::string(name) + " is not an array");
  check(env, napi_get_array_length(env, list, &length));
  std::vector<napi_value> items(parameters_.size());
  if (length != items.size())
    throw Error("ERR_SHAPE", std::string(name) + " has " + std::to_string(length) + " elements, expected " +
                                 std::to_string(items.size()));
  for (uint32_t i = 0; i < length; ++i) check(env, napi_get_element(env, list, i, &items[i]));
  return items;
}

template <typename Real>
std::vector<Real*> BoundOptimizer<Real>::borrowLike(Napi::Env env, const std::vector<napi_value>& items,
                                                    const char* name, Memory memory) const {
  std::vector<Real*> result;
  for (size_t i = 0; i < items.size(); ++i) {
    const Borrowed array = borrow(env, items[i], Name(name, i));
    if (array.type != arrayTypeOf<Real>)
      throw Error("ERR_INVALID_ARGUMENT", Name(name, i) + " is a " + glissade::nameOf(array.type));
    if (array.length != lengthOf(i))
      throw Error("ERR_SHAPE", Name(name, i) + " has " + std::to_string(array.length) + " elements, but had " +
                                   std::to_string(lengthOf(i)) + " when the optimizer was made");
    checkMemory(env, array, Name(name, i), memory);
    result.push_back(array.as<Real>());
  }
  return result;
}

/// The memory that steps write to, in the order of addresses. Refuses arrays that overlap: their elements would be
/// updated twice, in no defined order.
template <typename Real>
auto BoundOptimizer<Real>::writtenBy(const std::byte* state, const std::vector<Real*>& parameters) const
    -> std::vector<Written> {
  std::vector<Written> written{{state, state + optimizer_.layout().bytes(), Written::kState}};
  for (size_t i = 0; i < parameters.size(); ++i)
    if (const size_t length = lengthOf(i); length > 0) written.push_back({parameters[i], parameters[i] + length, i});
  std::sort(written.begin(), written.end(), [](auto& a, auto& b) { return a.begin < b.begin; });
  for (size_t k = 1; k < written.size(); ++k) {
    if (written[k - 1].end > written[k].begin) {
      const auto& [first, second] = std::minmax(
          written[k - 1], written[k], [](const Written& a, const Written& b) { return a.parameter < b.parameter; });
      refuseOverlap(nameOf(first), nameOf(second));
    }
  }
  return written;
}

template <typename Real>
std::string BoundOptimizer<Real>::nameOf(const Written& array) {
  return (array.parameter == Written::kState ? Name("the optimizer's state") : Name("parameters", array.parameter))
      .text();
}

/// Refuses a gradient that overlaps memory that steps write to: it would change while it is read. A gradient may be its
/// own parameter, because each element is read before it is written.
template <typename Real>
void BoundOptimizer<Real>::checkApart(size_t array, size_t length) const {
  const Gradient& gradient = gradients_[array];
  const auto* const begin = static_cast<const std::byte*>(gradient.data);
  const std::byte* const end = begin + length * (gradient.isBfloat16 ? 2 : sizeof(Real));
  if (begin == end || (gradient.data == parameters_[array] && !gradient.isBfloat16 && !gradient.rows)) return;
  const auto after = std::lower_bound(written_.begin(), written_.end(), end,
                                      [](const Written& one, const void* address) { return one.begin < address; });
  if (after != written_.begin() && std::prev(after)->end > begin)
    refuseOverlap(Name("gradients", array).text(), nameOf(*std::prev(after)));
}

/// Copies the rows of a sparse gradient, because their memory may be shared and change during a step.
template <typename Real>
void BoundOptimizer<Real>::readRows(Napi::Env env, size_t array, napi_value list) {
  const std::string name = Name("gradients", array) + ".rows";
  const auto rows = borrow<uint32_t>(env, list, name);
  if (!optimizer_.sparse().isLazy(array))
    throw Error("ERR_INVALID_ARGUMENT", Name("parameters", array) + " does not take sparse gradients");
  std::vector<uint32_t>& copy = rows_[array];
  copy.assign(rows.begin(), rows.end());
  const size_t count = parameter(array).shape.front();
  for (const uint32_t row : copy)
    if (row >= count)
      throw Error("ERR_OUT_OF_RANGE", name + " contains " + std::to_string(row) + ", but " + Name("parameters", array) +
                                          " has " + std::to_string(count) + " rows");
}

template <typename Real>
void BoundOptimizer<Real>::borrowAll(Napi::Env env, const Items& items, Memory memory) {
  if (std::vector<Real*> parameters = borrowLike(env, items.parameters, "parameters", memory);
      parameters != parameters_) {
    written_ = writtenBy(state_, parameters);
    parameters_ = std::move(parameters);
  }
  for (size_t i = 0; i < gradients_.size(); ++i) {
    if (parameter(i).frozen && Napi::Value(env, items.gradients[i]).IsUndefined()) {
      gradients_[i] = {};
      continue;
    }
    const Name name("gradients", i), ofParameter("parameters", i);
    const Borrowed gradient = borrow(env, items.gradients[i], name);
    const bool isSparse = !Napi::Value(env, items.rows[i]).IsUndefined();
    if (isSparse) readRows(env, i, items.rows[i]);
    const size_t length = isSparse ? rows_[i].size() * (lengthOf(i) / parameter(i).shape.front()) : lengthOf(i);
    const bool isBfloat16 = gradient.type == napi_uint16_array;
    if (gradient.type != arrayTypeOf<Real> && (!isBfloat16 || isSparse))
      throw Error("ERR_INVALID_ARGUMENT", name + " is a " + glissade::nameOf(gradient.type) + ", but " + ofParameter +
                                              " is a " + glissade::nameOf(arrayTypeOf<Real>));
    if (gradient.length != length && isSparse)
      throw Error("ERR_SHAPE", name + ".values has " + std::to_string(gradient.length) +
                                   " elements, but its rows have " + std::to_string(length));
    if (gradient.length != length)
      throw Error("ERR_SHAPE", name + " has " + std::to_string(gradient.length) + " elements, but " + ofParameter +
                                   " has " + std::to_string(length));
    checkMemory(env, gradient, name, memory);
    gradients_[i] = {gradient.data, isBfloat16, isSparse ? &rows_[i] : nullptr};
    checkApart(i, gradient.length);
  }
  optimizer_.sparse().reserve(gradients_.data());
}

template class BoundOptimizer<float>;
template class BoundOptimizer<double>;

}  // namespace glissade
