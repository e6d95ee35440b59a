#include "arguments.h"

#include "addon.h"

namespace glissade {

Napi::Error makeError(Napi::Env env, const std::string& code, const std::string& message) {
  const Napi::Value error =
      Addon::of(env).makeError.Call({Napi::String::New(env, code), Napi::String::New(env, message)});
  return Napi::Error(env, error);
}

Borrowed borrow(napi_env env, napi_value value, const std::string& name) {
  bool isTypedArray = false;
  napi_is_typedarray(env, value, &isTypedArray);
  if (!isTypedArray) throw Error("ERR_INVALID_ARGUMENT", name + " is not a typed array");
  Borrowed array;
  napi_value buffer;
  napi_get_typedarray_info(env, value, &array.type, &array.length, &array.data, &buffer, nullptr);
  if (array.length == 0) {
    bool isDetached = false;
    napi_is_detached_arraybuffer(env, buffer, &isDetached);
    if (isDetached) throw Error("ERR_DETACHED", "the buffer of " + name + " has been detached");
  }
  return array;
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
    default: return "BigInt array";
  }
}

Format formatOf(const Borrowed& array, const std::string& name) {
  switch (array.type) {
    case napi_float32_array: return Format::float32;
    case napi_float64_array: return Format::float64;
    case napi_uint8_array:
    case napi_uint8_clamped_array: return Format::uint8;
    case napi_uint16_array: return Format::bfloat16;  // integers have been converted
    default:
      throw Error("ERR_INVALID_ARGUMENT",
                  name + " is a " + nameOf(array.type) + ", expected a Float32Array, Float64Array or Uint8Array");
  }
}

}  // namespace glissade
