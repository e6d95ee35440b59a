#pragma once

#include <napi.h>

#include <algorithm>
#include <cstdint>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "data/format.h"
#include "error.h"
#include "record.h"

namespace glissade {

/// Makes a JavaScript error of lib/errors.ts from a code and a message.
Napi::Error makeError(Napi::Env env, std::string_view code, std::string_view message);

/// Makes the error of lib/errors.ts for a lack of memory.
Napi::Error outOfMemory(Napi::Env env);

/// New bytes in JavaScript memory. Node-API's own functions end the process if there is no memory for them.
/// @throws Napi::Error outOfMemory()
Napi::Uint8Array newBytes(Napi::Env env, size_t length);

/// A new typed array. @throws As newBytes.
template <typename Array>
Array newArray(Napi::Env env, size_t length) {
  const Napi::Uint8Array bytes = newBytes(env, length * sizeof(*Array().Data()));
  return Array::New(env, length, bytes.ArrayBuffer(), bytes.ByteOffset());
}

/// A new typed array with these items. @throws As newBytes.
template <typename Array, typename Items>
Array newArrayOf(Napi::Env env, const Items& items) {
  auto array = newArray<Array>(env, items.size());
  static_assert(sizeof *array.Data() == sizeof *items.data());
  std::copy(items.begin(), items.end(), reinterpret_cast<typename Items::value_type*>(array.Data()));
  return array;
}

/// Runs `work` and turns the exceptions that it throws into JavaScript errors. No other exception may leave the addon.
template <typename Work>
auto guarded(Napi::Env env, Work work) {
  try {
    return work();
  } catch (const Napi::Error&) {
    throw;
  } catch (const Error& error) {
    throw makeError(env, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    throw outOfMemory(env);
  } catch (const std::length_error&) {  // a vector longer than its max_size()
    throw outOfMemory(env);
  } catch (const std::exception& error) {
    throw makeError(env, "ERR_INTERNAL", error.what());
  }
}

/// Throws an error in JavaScript. It has no effect in an environment that is about to end. If the thrown value is not
/// an object, node-addon-api may throw another error here, which must not leave the addon.
void throwInJavaScript(const Napi::Error& error) noexcept;

/// Checks the status of a Node-API call.
/// @throws Napi::Error a pending JavaScript exception; Error ERR_INTERNAL for any other failure.
void check(napi_env env, napi_status status);

/// The name of an argument in messages. Its text is built only when a message needs it; most calls need none. The
/// string passed to it must outlive it.
class Name {
 public:
  Name(const char* text) : text_(text) {}
  Name(const std::string& text) : text_(text.c_str()) {}
  /// Item `index` of a list.
  Name(const char* list, size_t index) : text_(list), index_(index) {}

  std::string text() const { return index_ == kNone ? text_ : std::string(text_) + "[" + std::to_string(index_) + "]"; }

 private:
  static constexpr size_t kNone = SIZE_MAX;
  const char* text_;
  size_t index_ = kNone;
};
inline std::string operator+(const Name& name, const char* rest) { return name.text() + rest; }
inline std::string operator+(const char* begin, const Name& name) { return begin + name.text(); }
inline std::string operator+(const std::string& begin, const Name& name) { return begin + name.text(); }

/// Memory of a typed array. It is valid until control returns to JavaScript. Shared memory is valid as long as its
/// buffer is referenced.
struct Borrowed {
  napi_typedarray_type type;
  void* data;
  size_t length;
  napi_value buffer;

  template <typename Element>
  Element* as() const {
    return static_cast<Element*>(data);
  }
};

/// Borrows a typed array of any type.
/// @throws Error ERR_INVALID_ARGUMENT for another value, ERR_DETACHED if its buffer has been detached.
Borrowed borrow(napi_env env, napi_value value, const Name& name);

/// How many elements an array must have.
struct Count {
  size_t least = 0, most = SIZE_MAX;

  static Count exactly(size_t count) { return {count, count}; }
  static Count atLeast(size_t count) { return {count, SIZE_MAX}; }
  bool allows(size_t count) const { return least <= count && count <= most; }
};

void checkType(const Borrowed& array, const Name& name, napi_typedarray_type expected);
void checkCount(const Borrowed& array, const Name& name, Count expected);

const char* nameOf(napi_typedarray_type type);

template <typename Element>
inline constexpr napi_typedarray_type arrayTypeOf = std::is_same_v<Element, float>      ? napi_float32_array
                                                    : std::is_same_v<Element, double>   ? napi_float64_array
                                                    : std::is_same_v<Element, uint32_t> ? napi_uint32_array
                                                    : std::is_same_v<Element, uint64_t> ? napi_biguint64_array
                                                                                        : napi_uint8_array;

/// The memory that an array must be in. Memory that another thread uses after the call must be shared, since shared
/// memory is never detached.
enum class Memory { any, shared };

void checkMemory(napi_env env, const Borrowed& array, const Name& name, Memory expected);

/// Borrows the elements of a typed array of the type of `Element`.
/// @throws Error ERR_INVALID_ARGUMENT for another type or memory, ERR_SHAPE for another number of elements,
/// ERR_DETACHED.
template <typename Element>
std::span<Element> borrow(napi_env env, napi_value value, const Name& name, Count count = {},
                          Memory memory = Memory::any) {
  const Borrowed array = borrow(env, value, name);
  checkType(array, name, arrayTypeOf<Element>);
  checkCount(array, name, count);
  checkMemory(env, array, name, memory);
  return {array.as<Element>(), array.length};
}

/// @throws Error ERR_SHAPE unless the elements are one or more whole rows.
void checkRows(const Borrowed& array, const Name& name, size_t columns);

/// The storage format of a Float32Array, Float64Array or Uint8Array; a Uint16Array contains bfloat16 numbers.
Format formatOf(const Borrowed& array, const Name& name);

[[noreturn]] void refuseWord(const std::string& name, const std::string& word, const std::vector<const char*>& known);

/// A table from the words that JavaScript passes to the values of an enumeration.
template <typename Value, size_t kCount>
using Words = std::pair<const char*, Value>[kCount];

/// The word for a value.
template <typename Value, size_t kCount>
const char* wordFor(const Words<Value, kCount>& words, Value value) {
  return std::find_if(words, words + kCount, [&](const auto& word) { return word.second == value; })->first;
}

/// A value from JavaScript, and its name in messages. It is read strictly: nothing is converted, so no method of an
/// object runs.
class Argument {
 public:
  Argument(Napi::Value value, std::string name) : value_(value), name_(std::move(name)) {}
  Argument(const Napi::CallbackInfo& info, size_t i, const char* name) : Argument(info[i], name) {}

  Napi::Value value() const { return value_; }
  Napi::Env env() const { return value_.Env(); }
  const std::string& name() const { return name_; }
  bool isGiven() const { return !value_.IsUndefined(); }

  double number() const;
  /// A whole number from 0 to `most`.
  uint64_t wholeNumber(uint64_t most = kMostWhole) const;
  size_t size() const { return static_cast<size_t>(wholeNumber(SIZE_MAX < kMostWhole ? SIZE_MAX : kMostWhole)); }
  bool flag() const;
  std::string text() const;
  Napi::Object object() const;
  Napi::Function function() const;
  /// The items of an array. Reading them may run JavaScript (getters), so memory is borrowed afterwards.
  std::vector<Argument> items() const;
  std::vector<size_t> sizes() const;
  /// A property of an object.
  Argument operator[](const char* key) const { return {object().Get(key), name_ + "." + key}; }

  /// Reads properties into adjacent members of a struct, by their names (GLISSADE_NAMED).
  template <typename Value>
  void read(std::string_view names, Value* members) const {
    forEachName(names, [&](size_t, std::string_view name) {
      const Argument property = (*this)[std::string(name).c_str()];
      if constexpr (std::is_same_v<Value, bool>)
        *members++ = property.flag();
      else if constexpr (std::is_integral_v<Value>)
        *members++ = property.size();
      else
        *members++ = property.number();
    });
  }

  /// The value that a word stands for.
  /// @throws Error ERR_INVALID_ARGUMENT for an unknown word. Its message lists the known ones.
  template <typename Value, size_t kCount>
  Value word(const Words<Value, kCount>& words) const {
    const std::string given = text();
    for (const auto& [known, value] : words)
      if (given == known) return value;
    std::vector<const char*> known;
    for (const auto& [word, value] : words) known.push_back(word);
    refuseWord(name_, given, known);
  }

  template <typename Element>
  std::span<Element> array(Count count = {}, Memory memory = Memory::any) const {
    return borrow<Element>(env(), value_, name_, count, memory);
  }

  /// Bytes that begin at a multiple of 8, as arrays of doubles must.
  std::byte* alignedBytes(Count count, Memory memory = Memory::any) const;

  /// JavaScript's Number.MAX_SAFE_INTEGER.
  static constexpr uint64_t kMostWhole = (uint64_t{1} << 53) - 1;

 private:
  [[noreturn]] void refuse(const char* expected) const;

  Napi::Value value_;
  std::string name_;
};

/// Whether JavaScript can count the elements of an array of this shape, and a size_t the bytes of a few such arrays.
inline bool isCountable(std::span<const size_t> shape) {
  double count = 1;
  for (const size_t side : shape) count *= static_cast<double>(side);
  return count <= static_cast<double>(std::min<uint64_t>(Argument::kMostWhole, SIZE_MAX / 16));
}

/// The types of parameters, and whether they are float64.
inline constexpr Words<bool, 2> kIsFloat64 = {{"float32", false}, {"float64", true}};

template <typename Element>
std::vector<Element> copyOf(std::span<Element> elements) {
  return {elements.begin(), elements.end()};
}

}  // namespace glissade
