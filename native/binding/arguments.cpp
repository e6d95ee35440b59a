#include "arguments.h"

#include <cmath>

#include "addon.h"

namespace glissade {
namespace {

/// A value in a message, shown as lib/checks/shown.ts does.
std::string shown(Napi::Value value) {
  switch (value.Type()) {
    case napi_undefined: return "undefined";
    case napi_null: return "null";
    case napi_boolean: return value.As<Napi::Boolean>().Value() ? "true" : "false";
    case napi_number: return value.ToString();
    case napi_string: return "a string";
    case napi_symbol: return "a symbol";
    case napi_bigint: return "a bigint";
    case napi_function: return "a function";
    default: return value.IsArray() ? "an array" : "an object";
  }
}

}  // namespace

Napi::Error makeError(Napi::Env env, std::string_view code, std::string_view message) {
  const Napi::Value error = Addon::of(env).makeError.Call(
      {Napi::String::New(env, code.data(), code.size()), Napi::String::New(env, message.data(), message.size())});
  return Napi::Error(env, error);
}

void throwInJavaScript(const Napi::Error& error) noexcept {
  try {
    error.ThrowAsJavaScriptException();
  } catch (const Napi::Error&) {
    (void)napi_throw_error(error.Env(), "ERR_INTERNAL", "the thrown value can't be thrown again");
  }
}

Napi::Error outOfMemory(Napi::Env env) {
  const auto message = Napi::String::New(env, "there is not enough memory for this");
  return Napi::Error(env, Addon::of(env).outOfMemory.Call({message}));
}

Napi::Uint8Array newBytes(Napi::Env env, size_t length) {
  const auto bytes = Napi::Number::New(env, static_cast<double>(length));
  return Addon::of(env).newBytes.Call({bytes}).As<Napi::Uint8Array>();
}

void check(napi_env env, napi_status status) {
  if (status == napi_ok) return;
  bool isPending = false;
  if (napi_is_exception_pending(env, &isPending) == napi_ok && isPending) throw Napi::Error::New(env);
  throw Error("ERR_INTERNAL", "Node-API failed with status " + std::to_string(status));
}

namespace {

/// Whether a buffer is a SharedArrayBuffer: Node-API does not count that as an ArrayBuffer.
bool isShared(napi_env env, napi_value buffer) {
  bool isArrayBuffer = false;
  check(env, napi_is_arraybuffer(env, buffer, &isArrayBuffer));
  return !isArrayBuffer;
}

}  // namespace

Borrowed borrow(napi_env env, napi_value value, const Name& name) {
  bool isTypedArray = false;
  check(env, napi_is_typedarray(env, value, &isTypedArray));
  if (!isTypedArray) throw Error("ERR_INVALID_ARGUMENT", name + " is not a typed array");
  // Node-API does not set the type of a kind of array that it does not know.
  Borrowed array{static_cast<napi_typedarray_type>(-1), nullptr, 0, nullptr};
  check(env, napi_get_typedarray_info(env, value, &array.type, &array.length, &array.data, &array.buffer, nullptr));
  if (array.length == 0 && !isShared(env, array.buffer)) {
    bool isDetached = false;
    check(env, napi_is_detached_arraybuffer(env, array.buffer, &isDetached));
    if (isDetached) throw Error("ERR_DETACHED", "the buffer of " + name + " has been detached");
  }
  return array;
}

void checkType(const Borrowed& array, const Name& name, napi_typedarray_type expected) {
  if (array.type != expected)
    throw Error("ERR_INVALID_ARGUMENT", name + " is a " + nameOf(array.type) + ", expected a " + nameOf(expected));
}

void checkCount(const Borrowed& array, const Name& name, Count expected) {
  if (expected.allows(array.length)) return;
  throw Error("ERR_SHAPE", name + " has " + std::to_string(array.length) + " elements, expected " +
                               (expected.most == SIZE_MAX ? "at least " : "") + std::to_string(expected.least));
}

void checkRows(const Borrowed& array, const Name& name, size_t columns) {
  if (columns == 0 || array.length == 0 || array.length % columns != 0)
    throw Error("ERR_SHAPE", name + " has " + std::to_string(array.length) +
                                 " elements, which do not make whole rows of " + std::to_string(columns));
}

void checkMemory(napi_env env, const Borrowed& array, const Name& name, Memory expected) {
  if (expected == Memory::shared && !isShared(env, array.buffer))
    throw Error("ERR_INVALID_ARGUMENT", name + " is not in shared memory");
}

const char* nameOf(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array: return "Int8Array";
    case napi_uint8_array: return "Uint8Array";
    case napi_uint8_clamped_array: return "Uint8ClampedArray";
    case napi_int16_array: return "Int16Array";
    case napi_uint16_array: return "Uint16Array";
    case napi_int32_array: return "Int32Array";
    case napi_uint32_array: return "Uint32Array";
    case napi_float32_array: return "Float32Array";
    case napi_float64_array: return "Float64Array";
    case napi_bigint64_array: return "BigInt64Array";
    case napi_biguint64_array: return "BigUint64Array";
    default: return "typed array of another kind";
  }
}

Format formatOf(const Borrowed& array, const Name& name) {
  switch (array.type) {
    case napi_float32_array: return Format::float32;
    case napi_float64_array: return Format::float64;
    case napi_uint8_array:
    case napi_uint8_clamped_array: return Format::uint8;
    case napi_uint16_array: return Format::bfloat16;  // lib has converted integers to floats
    default:
      throw Error("ERR_INVALID_ARGUMENT",
                  name + " is a " + nameOf(array.type) + ", expected a Float32Array, Float64Array or Uint8Array");
  }
}

void refuseWord(const std::string& name, const std::string& word, const std::vector<const char*>& known) {
  std::string list;
  for (const char* each : known) list += (list.empty() ? "" : ", ") + std::string(each);
  throw Error("ERR_INVALID_ARGUMENT", "unknown " + name + " \"" + word + "\". Known are: " + list + ".");
}

void Argument::refuse(const char* expected) const {
  throw Error("ERR_INVALID_ARGUMENT",
              std::string("Expected ") + expected + " for " + name_ + " but received " + shown(value_));
}

double Argument::number() const {
  if (!value_.IsNumber()) refuse("a number");
  return value_.As<Napi::Number>().DoubleValue();
}

uint64_t Argument::wholeNumber(uint64_t most) const {
  const double given = number();
  if (given >= 0 && given <= static_cast<double>(most) && std::floor(given) == given)
    return static_cast<uint64_t>(given);
  throw Error("ERR_OUT_OF_RANGE", "Expected a whole number from 0 to " + std::to_string(most) + " for " + name_ +
                                      " but received " + shown(value_));
}

bool Argument::flag() const {
  if (!value_.IsBoolean()) refuse("a boolean");
  return value_.As<Napi::Boolean>().Value();
}

std::string Argument::text() const {
  if (!value_.IsString()) refuse("a string");
  return value_.As<Napi::String>();
}

Napi::Object Argument::object() const {
  if (value_.Type() != napi_object) refuse("an object");
  return value_.As<Napi::Object>();
}

Napi::Function Argument::function() const {
  if (!value_.IsFunction()) refuse("a function");
  return value_.As<Napi::Function>();
}

std::vector<Argument> Argument::items() const {
  if (!value_.IsArray()) refuse("an array");
  const auto list = value_.As<Napi::Array>();
  std::vector<Argument> items;
  const uint32_t count = list.Length();
  for (uint32_t i = 0; i < count; ++i) items.emplace_back(list.Get(i), name_ + "[" + std::to_string(i) + "]");
  return items;
}

std::byte* Argument::alignedBytes(Count count, Memory memory) const {
  std::byte* const bytes = array<std::byte>(count, memory).data();
  if (reinterpret_cast<uintptr_t>(bytes) % alignof(double) != 0)
    throw Error("ERR_INVALID_ARGUMENT", name_ + " does not begin at a multiple of 8 bytes");
  return bytes;
}

std::vector<size_t> Argument::sizes() const {
  std::vector<size_t> sizes;
  for (const Argument& item : items()) sizes.push_back(item.size());
  return sizes;
}

}  // namespace glissade
