#pragma once

#include <napi.h>

#include <initializer_list>
#include <memory>
#include <unordered_set>

#include "arguments.h"
#include "values.h"

namespace glissade {

/// The base of a `Class` whose instances belong to JavaScript objects. A Class has a `kName`, and lists its methods in
/// `define`. JavaScript calls the methods in PascalCase.
///
/// An argument, or the `this` of a method, counts as a Class only if it wraps one of the living instances. The type
/// tags of Node-API do the same check in 80 ns, about a quarter of a small step; this one takes about 15 ns.
template <typename Class>
class Handle : public Napi::ObjectWrap<Class> {
 public:
  /// @throws Error ERR_INVALID_ARGUMENT if the argument is not a living instance.
  static Class& from(const Argument& argument) {
    void* instance = nullptr;
    const bool isWrapped =
        argument.value().IsObject() && napi_unwrap(argument.env(), argument.value(), &instance) == napi_ok;
    if (!isWrapped || !instance || !living()->has(instance))
      throw Error("ERR_INVALID_ARGUMENT", argument.name() + " is not a native " + Class::kName);
    return *static_cast<Class*>(instance);
  }

  /// Memory for an instance. Node-API's wrapper calls this before any code of the Class runs. Only a Napi::Error may
  /// pass through the wrapper.
  static void* operator new(size_t size) {
    return guarded(environment(), [&] { return ::operator new(size); });
  }
  static void operator delete(void* memory) { ::operator delete(memory); }

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

  /// A method, for defineClass, by its name in JavaScript. It may return what resultOf() takes; what it throws becomes
  /// an error of lib/errors.ts.
  template <auto body>
  static Method method(const char* name) {
    return {name, [](Napi::Env env, const char* name) {
              napi_value function = nullptr;
              check(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, &Handle::call<body>, nullptr, &function));
              return Napi::Function(env, function);
            }};
  }

  static Napi::Function defineClass(Napi::Env env, std::initializer_list<Method> methods) {
    environment() = env;
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
    const void* latest_ = nullptr;  // the last one found, which usually is the next one
  };

  /// The living instances of this thread's environments. Instances share its ownership, because some are destroyed
  /// after the thread's variables.
  static const std::shared_ptr<Living>& living() {
    static thread_local const auto living = std::make_shared<Living>();
    return living;
  }

  /// The environment of this thread.
  static napi_env& environment() {
    static thread_local napi_env environment = nullptr;
    return environment;
  }

  /// A callback that makes the CallbackInfo itself, within guarded(): making it may run out of memory, and only a
  /// Napi::Error may pass through the callbacks of node-addon-api.
  template <auto body>
  static napi_value call(napi_env env, napi_callback_info given) {
    try {
      return guarded(env, [&]() -> napi_value {
        const Napi::CallbackInfo info(env, given);
        Class& instance = from({info.This(), "this"});
        return resultOf(env, [&] { return (instance.*body)(info); });
      });
    } catch (const Napi::Error& error) {
      throwInJavaScript(error);
      return nullptr;
    }
  }

  std::shared_ptr<Living> living_;
};

}  // namespace glissade
