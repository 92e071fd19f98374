// One `GET /read`: asks for page after page, adds the entries up, and answers with JSON.
//
// It keeps itself alive while a page is on its way, and stops paging once its client has gone, its
// time is over or its answer would be too large.
#pragma once

#include <memory>

#include "common/http.h"
#include "common/uv.h"
#include "readerd/buckets.h"
#include "readerd/pages.h"
#include "readerd/query.h"
#include "readerd/refusal.h"

namespace kilometric {

class Read : public std::enable_shared_from_this<Read> {
 public:
  Read(Loop& loop, Pages& pages, BucketBudget& budget, Query query, HttpAnswer answer);

  void start();

 private:
  bool wanted() const { return !answered_ && answer_.wanted(); }
  void ask(const IdRange& range);
  void on_page(const Pages::Result& result) noexcept;
  bool add(const Page& page);  ///< false: too much; refused
  void finish();
  void refuse(const Refusal& refusal);

  Pages& pages_;
  const Query query_;
  HttpAnswer answer_;
  Buckets buckets_;
  Timer deadline_;
  bool answered_ = false;
};

}  // namespace kilometric
