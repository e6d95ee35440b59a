#pragma once

#include <napi.h>

#include <initializer_list>
#include <memory>
#include <unordered_set>

#include "arguments.h"

namespace glissade {

/// The base of a `Class` whose instances JavaScript holds. A Class has a `kName`, and lists its methods in `define`.
/// Methods in PascalCase are those that JavaScript calls.
///
/// A JavaScript object, be it an argument or the `this` of a method, counts as a Class only if it wraps one of the
/// living instances. The type tags of Node-API would check the same in 80 ns a call, about a quarter of a small step;
/// this takes about 15 ns.
template <typename Class>
class Handle : public Napi::ObjectWrap<Class> {
 public:
  /// @throws Error ERR_INVALID_ARGUMENT if the argument is not a living instance.
  static Class& from(const Argument& argument) {
    void* instance = nullptr;
    const bool isWrapped =
        argument.value().IsObject() && napi_unwrap(argument.env(), argument.value(), &instance) == napi_ok;
    if (!isWrapped || !instance || !living()->has(instance))
      throw Error("ERR_INVALID_ARGUMENT", argument.name() + " is no native " + Class::kName);
    return *static_cast<Class*>(instance);
  }

  static Napi::Value OnCalledAsFunction(const Napi::CallbackInfo& info) {
    throw makeError(info.Env(), "ERR_INVALID_ARGUMENT", std::string("native ") + Class::kName + ": call it with new");
  }

 private:
  friend Class;  // no other class may be a Handle<Class>
  explicit Handle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Class>(info), living_(living()) {
    guarded(info.Env(), [&] { living_->insert(static_cast<Class*>(this)); });
  }
  ~Handle() override { living_->erase(static_cast<Class*>(this)); }

 protected:
  struct Method {
    const char* name;
    Napi::Function (*make)(Napi::Env env, const char* name);
  };

  /// A method, for defineClass, by its name in JavaScript.
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
  class Living {
   public:
    void insert(const void* instance) { all_.insert(instance); }
    void erase(const void* instance) {
      all_.erase(instance);
      if (latest_ == instance) latest_ = nullptr;
    }
    bool has(const void* instance) {
      if (instance == latest_) return true;
      if (!all_.contains(instance)) return false;
      latest_ = instance;
      return true;
    }

   private:
    std::unordered_set<const void*> all_;
    const void* latest_ = nullptr;  // the last one asked for, which mostly is the next one
  };

  /// The living instances of this thread's environments. Instances share its ownership, since some are destroyed after
  /// the thread's own variables.
  static const std::shared_ptr<Living>& living() {
    static thread_local const auto living = std::make_shared<Living>();
    return living;
  }

  template <Napi::Value (Class::*body)(const Napi::CallbackInfo&)>
  static Napi::Value call(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return (from({info.This(), "this"}).*body)(info); });
  }

  std::shared_ptr<Living> living_;
};

}  // namespace glissade
