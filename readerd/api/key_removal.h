// One `DELETE /keys?key=&kind=`: deletes the streams of one key, of one kind or of all, and takes it out of the
// indexes. 404 when there was nothing.
//
// It keeps itself alive while a question to Redis is on its way, and goes on without its client.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "common/http/refusal.h"
#include "common/http/server.h"
#include "common/metric/kind.h"
#include "readerd/query/keys_query.h"
#include "readerd/store/store.h"

namespace kilometric {

class KeyRemoval : public std::enable_shared_from_this<KeyRemoval> {
 public:
  KeyRemoval(Store& store, MetricQuery metric, HttpResponse response)
      : store_(store), metric_(std::move(metric)), response_(std::move(response)) {}

  void start();

 private:
  template <class Do>
  void for_each_kind(Do what);
  void on_info(const Result<StreamInfo>& result);
  void remove();
  void remove(Kind kind);
  Store::On<int64_t> one_more();
  void on_removed(const Result<int64_t>& result);
  void refuse(const Refusal& refusal);

  Store& store_;
  const MetricQuery metric_;
  HttpResponse response_;
  int unanswered_ = 0;
  int64_t removed_ = 0;
  bool refused_ = false;
};

}  // namespace kilometric
