#include "dataset.h"

#include <string>

#include "addon.h"
#include "arguments.h"

namespace glissade {

Napi::Function DatasetBinding::define(Napi::Env env) {
  return DefineClass(
      env, "Dataset",
      {InstanceMethod("select", &DatasetBinding::Select), InstanceMethod("dispose", &DatasetBinding::Dispose),
       InstanceMethod("rows", &DatasetBinding::Rows)});
}

// new Dataset({ inputs, columns, scale, targets?, targetColumns, inputsInPlace, targetsInPlace, weights? }), or new
// Dataset() for `select` to fill.
DatasetBinding::DatasetBinding(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<DatasetBinding>(info), env_(info.Env()) {
  if (info.Length() == 0) return;
  guarded(env_, [&] {
    const auto options = info[0].As<Napi::Object>();
    const auto number = [&](const char* key) { return options.Get(key).ToNumber().DoubleValue(); };
    holdings_ = std::make_shared<Holdings>(env_);
    data_.inputs = table(options.Get("inputs"), "inputs", static_cast<size_t>(number("columns")), number("scale"),
                         options.Get("inputsInPlace").ToBoolean());
    if (!options.Get("targets").IsUndefined())
      data_.targets = table(options.Get("targets"), "targets", static_cast<size_t>(number("targetColumns")), 1,
                            options.Get("targetsInPlace").ToBoolean());
    if (data_.targets && data_.targets->rows != data_.inputs->rows)
      throw Error("ERR_SHAPE", "targets and inputs have different numbers of rows");
    if (!options.Get("weights").IsUndefined()) {
      data_.weights = table(options.Get("weights"), "weights", 1, 1, false);
      if (data_.weights->rows != data_.inputs->rows)
        throw Error("ERR_SHAPE", "weights and inputs have different numbers of rows");
    }
  });
}

std::shared_ptr<const Table> DatasetBinding::table(Napi::Value values, const char* name, size_t columns, double scale,
                                                   bool inPlace) {
  const Borrowed array = borrow(env_, values, name);
  const Format format = formatOf(array, name);
  const size_t rows = array.length / columns;
  if (rows > UINT32_MAX) throw Error("ERR_OUT_OF_RANGE", std::string(name) + " has more than 2^32 - 1 rows");
  if (inPlace) {
    holdings_->keep(values.As<Napi::Object>());
    return std::make_shared<Table>(
        Table{format, rows, columns, scale, std::shared_ptr<const void>(std::shared_ptr<void>(), array.data)});
  }
  auto copy = std::make_shared<Table>(copyTable(format, array.data, rows, columns, scale));
  holdings_->copied(copy->bytes());
  return copy;
}

const Dataset& DatasetBinding::data() const {
  if (!data_.inputs) throw Error("ERR_DISPOSED", "the dataset has been disposed");
  return data_;
}

// select(rows: Uint32Array): a dataset of those rows, over the same memory.
Napi::Value DatasetBinding::Select(const Napi::CallbackInfo& info) {
  return guarded(env_, [&] {
    const Borrowed rows = borrow(env_, info[0], "rows");
    const Napi::Object other = Addon::of(env_).dataset.New({});
    DatasetBinding& binding = from(other);
    binding.data_ = data().select({rows.as<uint32_t>(), rows.as<uint32_t>() + rows.length});
    binding.holdings_ = holdings_;
    return other;
  });
}

Napi::Value DatasetBinding::Rows(const Napi::CallbackInfo&) {
  return guarded(env_, [&] { return Napi::Number::New(env_, static_cast<double>(data().rows())); });
}

Napi::Value DatasetBinding::Dispose(const Napi::CallbackInfo&) {
  data_ = {};
  holdings_.reset();
  return env_.Undefined();
}

}  // namespace glissade
