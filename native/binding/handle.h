#pragma once

#include <napi.h>

#include <initializer_list>

#include "arguments.h"

namespace glissade {

/// A class that JavaScript sees, whose instances stand for a `Class` here. They are tagged, and no other object is
/// unwrapped, be it an argument or the `this` of a method. A Class has `kName`, `kTag` and, in `define`, its methods.
template <typename Class>
class Handle : public Napi::ObjectWrap<Class> {
 public:
  /// @throws Error ERR_INVALID_ARGUMENT where it is no instance.
  static Class& from(const Argument& argument) {
    const napi_env env = argument.env();
    bool isOurs = false;
    if (argument.value().IsObject())
      check(env, napi_check_object_type_tag(env, argument.value(), &Class::kTag, &isOurs));
    void* instance = nullptr;
    if (!isOurs || napi_unwrap(env, argument.value(), &instance) != napi_ok)
      throw Error("ERR_INVALID_ARGUMENT", argument.name() + " is no native " + Class::kName);
    return *static_cast<Class*>(instance);
  }

  static Napi::Value OnCalledAsFunction(const Napi::CallbackInfo& info) {
    throw makeError(info.Env(), "ERR_INVALID_ARGUMENT", std::string("native ") + Class::kName + ": call it with new");
  }

 protected:
  explicit Handle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Class>(info) {
    guarded(info.Env(), [&] { check(info.Env(), napi_type_tag_object(info.Env(), info.This(), &Class::kTag)); });
  }

  struct Method {
    const char* name;
    Napi::Function (*make)(Napi::Env env, const char* name);
  };

  /// A method under its name.
  template <Napi::Value (Class::*body)(const Napi::CallbackInfo&)>
  static Method method(const char* name) {
    return {name, [](Napi::Env env, const char* name) { return Napi::Function::New<&Handle::call<body>>(env, name); }};
  }

  static Napi::Function defineClass(Napi::Env env, std::initializer_list<Method> methods) {
    const Napi::Function constructor = Napi::ObjectWrap<Class>::DefineClass(env, Class::kName, {});
    const auto prototype = constructor.Get("prototype").As<Napi::Object>();
    for (const auto& [name, make] : methods)
      prototype.DefineProperty(Napi::PropertyDescriptor::Value(name, make(env, name), napi_default_method));
    return constructor;
  }

 private:
  template <Napi::Value (Class::*body)(const Napi::CallbackInfo&)>
  static Napi::Value call(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return (from({info.This(), "this"}).*body)(info); });
  }
};

}  // namespace glissade
