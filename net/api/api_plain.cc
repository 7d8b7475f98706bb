// Responses that need no slot: probes, the cluster, and bodies that never change.
#include "net/api/api.h"
#include "net/api/api_problems.h"
#include "net/api/constant_bodies.h"
#include "net/http/media_types.h"
#include "net/http/preconditions.h"
#include "net/peer/link_summary.h"

namespace frontrow {
namespace {

// The explanation of a problem type is HTML, unless the client asks for JSON and not for HTML.
bool wants_html(std::string_view accept) {
  const bool names_json = accept.find("json") != std::string_view::npos;
  const bool names_html = accept.find("html") != std::string_view::npos;
  return accepts(accept, Produces::kHtml) && (names_html || !names_json);
}

}  // namespace

bool Api::answer_plain(const RouteMatch& match, const Request& request, RequestRef ref) {
  const Route route = match.spec->route;
  switch (route) {
    case Route::kLive:
      respond(Route::kLive, ref, {}, R"({"status":"alive"})");
      return true;
    case Route::kReady:
      answer_ready(ref);
      return true;
    case Route::kReadCluster:
      if (engine_.cluster() == nullptr) {
        refuse(Route::kReadCluster, ref, problems::kNotFound,
               "This server is not one of several instances.");
      } else {
        body_.clear();
        operator_views_.render_cluster(body_, service_.state());
        respond(Route::kReadCluster, ref, {}, body_);
      }
      return true;
    case Route::kOpenApi:
      answer_constant(route, request, ref, openapi_body());
      return true;
    case Route::kPages:
      answer_constant(route, request, ref, page_body());
      return true;
    case Route::kProblem: {
      const ConstantBody* body = problem_body(match.params[0], wants_html(request.accept));
      if (body != nullptr) {
        answer_constant(route, request, ref, *body);
      } else {
        refuse(route, ref, problems::kNotFound, "There is no such problem type.");
      }
      return true;
    }
    default:
      return false;
  }
}

void Api::answer_ready(RequestRef ref) {
  const ServiceState state = service_.state();
  if (state == ServiceState::kReady && !engine_.serves_anything()) {
    refuse(Route::kReady, ref, not_ready(kAwaitingSlots),
           "Its slots have not come from the other instances yet.", {}, {.retry_after_s = 1});
  } else if (state == ServiceState::kReady) {
    respond(Route::kReady, ref, {}, R"({"status":"ready"})");
  } else {
    refuse(Route::kReady, ref, not_ready(name_of(state)), "The server takes no requests now.", {},
           {.retry_after_s = 1});
  }
}

void Api::answer_constant(Route route, const Request& request, RequestRef ref,
                          const ConstantBody& constant) {
  const ConstantBody::Form& form = constant.form_for(request.accept_encoding);
  if (request.if_match && !matches_strongly(*request.if_match, form.etag))
    return refuse_precondition(route, ref);
  if (matches_weakly(request.if_none_match, form.etag))
    return respond(route, ref, constant.not_modified(form), {});
  respond_shared(route, ref, constant.head(form), {{}, Body::of_constant(form.body), {}});
}

void Api::refuse_precondition(Route route, RequestRef ref) {
  refuse(route, ref, problems::kPreconditionFailed, detail_of(Reject::kPreconditionFailed));
}

}  // namespace frontrow
