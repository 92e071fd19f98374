// One `DELETE /keys?key=`: deletes the streams of one key, and takes it out of the index. 404 when there was
// nothing.
//
// It keeps itself alive while a question to Redis is on its way, and goes on without its client.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "common/http/server.h"
#include "readerd/query/keys_query.h"
#include "readerd/store/store.h"

namespace kilometric {

class KeyRemoval : public std::enable_shared_from_this<KeyRemoval> {
 public:
  KeyRemoval(Store& store, MetricQuery metric, HttpResponse response)
      : store_(store), metric_(std::move(metric)), response_(std::move(response)) {}

  void start();

 private:
  void remove();
  Store::On<int64_t> one_more();
  void on_removed(const Result<int64_t>& result);

  Store& store_;
  const MetricQuery metric_;
  HttpResponse response_;
  int unanswered_ = 0;
  int64_t removed_ = 0;
};

}  // namespace kilometric
