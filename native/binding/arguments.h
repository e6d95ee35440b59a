#pragma once

#include <napi.h>

#include <new>
#include <string>

#include "arch/kernels.h"
#include "error.h"

namespace glissade {

/// The JavaScript error that lib/errors.ts makes of a code and a message.
Napi::Error makeError(Napi::Env env, const std::string& code, const std::string& message);

/// Runs `work` and turns what it throws into a JavaScript error. No other exception may leave the addon.
template <typename Work>
auto guarded(Napi::Env env, Work work) {
  try {
    return work();
  } catch (const Napi::Error&) {
    throw;
  } catch (const Error& error) {
    throw makeError(env, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    throw makeError(env, "ERR_OUT_OF_RANGE", "there is not enough memory for this");
  } catch (const std::exception& error) {
    throw makeError(env, "ERR_INTERNAL", error.what());
  }
}

/// Memory of a typed array, valid until control returns to JavaScript (for ever, if it is shared).
struct Borrowed {
  napi_typedarray_type type;
  void* data;
  size_t length;

  template <typename Real>
  Real* as() const {
    return static_cast<Real*>(data);
  }
};

/// @throws Error ERR_INVALID_ARGUMENT where it is no typed array, ERR_DETACHED where its buffer is gone.
Borrowed borrow(napi_env env, napi_value value, const std::string& name);

const char* nameOf(napi_typedarray_type type);

template <typename Real>
constexpr napi_typedarray_type arrayTypeOf = sizeof(Real) == sizeof(float) ? napi_float32_array : napi_float64_array;

/// The storage format of a Float32Array, Float64Array or Uint8Array; a Uint16Array holds bfloat16 here.
Format formatOf(const Borrowed& array, const std::string& name);

}  // namespace glissade
