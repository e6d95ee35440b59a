#pragma once

#include <napi.h>

#include <optional>
#include <string_view>
#include <type_traits>

#include "arguments.h"

namespace glissade {

/// The JavaScript value of a boolean, a number, a text, or a value of Node-API.
template <typename Value>
Napi::Value valueOf(Napi::Env env, const Value& value) {
  if constexpr (std::is_convertible_v<Value, Napi::Value>) {
    return value;
  } else if constexpr (std::is_same_v<Value, bool>) {
    return Napi::Boolean::New(env, value);
  } else if constexpr (std::is_arithmetic_v<Value>) {
    return Napi::Number::New(env, static_cast<double>(value));
  } else {
    const std::string_view text(value);
    return Napi::String::New(env, text.data(), text.size());
  }
}

inline void setProperties(Napi::Object) {}
template <typename Value, typename... Rest>
void setProperties(Napi::Object object, const char* name, const std::optional<Value>& value, const Rest&... rest);
template <typename Value, typename... Rest>
void setProperties(Napi::Object object, const char* name, const Value& value, const Rest&... rest) {
  object.Set(name, valueOf(object.Env(), value));
  setProperties(object, rest...);
}
template <typename Value, typename... Rest>
void setProperties(Napi::Object object, const char* name, const std::optional<Value>& value, const Rest&... rest) {
  if (value) setProperties(object, name, *value);
  setProperties(object, rest...);
}

/// An object with these names and values in turn. A property without a value is left out.
template <typename... NamesAndValues>
Napi::Object objectOf(Napi::Env env, const NamesAndValues&... properties) {
  auto object = Napi::Object::New(env);
  setProperties(object, properties...);
  return object;
}

/// An array of what `make` returns for each item.
template <typename Items, typename Make>
Napi::Array listOf(Napi::Env env, const Items& items, Make make) {
  auto list = Napi::Array::New(env);
  for (const auto& item : items) list.Set(list.Length(), valueOf(env, make(item)));
  return list;
}
template <typename Items>
Napi::Array listOf(Napi::Env env, const Items& items) {
  return listOf(env, items, [](const auto& item) { return item; });
}

/// Calls work(), which may return nothing, or what valueOf() takes.
template <typename Work>
Napi::Value resultOf(Napi::Env env, Work work) {
  if constexpr (std::is_void_v<decltype(work())>) {
    work();
    return env.Undefined();
  } else {
    return valueOf(env, work());
  }
}

/// Defines a function of the addon, by its name in JavaScript. What it throws becomes an error of lib/errors.ts.
template <auto function>
void defineFunction(Napi::Object exports, const char* name) {
  const auto call = [](const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return resultOf(info.Env(), [&] { return function(info); }); });
  };
  exports.Set(name, Napi::Function::New(exports.Env(), call, name));
}

}  // namespace glissade
