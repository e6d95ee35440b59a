#pragma once

#include <napi.h>

#include "backing_memory.h"
#include "data/dictionary.h"
#include "handle.h"

namespace glissade {

/// Codes of words. It is used on the JavaScript thread only.
class DictionaryBinding : public Handle<DictionaryBinding> {
 public:
  static constexpr const char* kName = "Dictionary";

  static Napi::Function define(Napi::Env env);
  explicit DictionaryBinding(const Napi::CallbackInfo& info)
      : Handle(info), words_(guarded(info.Env(), [] { return Dictionary(); })), memory_(info.Env()) {
    report();
  }

  const Dictionary& words() const { return words_; }
  /// Calls add(words), which may add words.
  template <typename Add>
  void addBy(Add add) {
    add(words_);
    report();
  }

 private:
  uint32_t Add(const Napi::CallbackInfo& info);
  void Encode(const Napi::CallbackInfo& info);
  size_t FindLong(const Napi::CallbackInfo& info);
  void EncodeRecords(const Napi::CallbackInfo& info);
  size_t Size(const Napi::CallbackInfo&) { return words_.size(); }
  size_t Bytes(const Napi::CallbackInfo&) { return words_.bytes(); }
  Napi::Value Words(const Napi::CallbackInfo& info);

  void report();

  Dictionary words_;
  BackingMemory memory_;
  size_t reported_ = 0;
};

}  // namespace glissade
