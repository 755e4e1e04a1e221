/* curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic; Swift cannot call them.
   One wrapper per argument type. */
#pragma once
#include <curl/curl.h>

static inline CURLcode trunkline_curl_set_long(CURL *h, CURLoption o, long v) {
  return curl_easy_setopt(h, o, v);
}
static inline CURLcode trunkline_curl_set_string(CURL *h, CURLoption o, const char *v) {
  return curl_easy_setopt(h, o, v);
}
static inline CURLcode trunkline_curl_set_pointer(CURL *h, CURLoption o, void *v) {
  return curl_easy_setopt(h, o, v);
}
static inline CURLcode trunkline_curl_set_list(CURL *h, CURLoption o, struct curl_slist *v) {
  return curl_easy_setopt(h, o, v);
}
static inline CURLcode trunkline_curl_set_write(CURL *h, CURLoption o, curl_write_callback v) {
  return curl_easy_setopt(h, o, v);
}
static inline CURLcode trunkline_curl_get_long(CURL *h, CURLINFO i, long *v) {
  return curl_easy_getinfo(h, i, v);
}
static inline CURLcode trunkline_curl_set_offset(CURL *h, CURLoption o, curl_off_t v) {
  return curl_easy_setopt(h, o, v);
}
static inline CURLcode trunkline_curl_set_open(CURL *h, curl_opensocket_callback v) {
  return curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, v);
}
static inline CURLcode trunkline_curl_set_prereq(CURL *h, curl_prereq_callback v) {
  return curl_easy_setopt(h, CURLOPT_PREREQFUNCTION, v);
}
static inline CURLcode trunkline_curl_get_offset(CURL *h, CURLINFO i, curl_off_t *v) {
  return curl_easy_getinfo(h, i, v);
}
static inline CURLcode trunkline_curl_get_string(CURL *h, CURLINFO i, char **v) {
  return curl_easy_getinfo(h, i, v);
}
static inline CURLMcode trunkline_curl_multi_set_long(CURLM *m, CURLMoption o, long v) {
  return curl_multi_setopt(m, o, v);
}
static inline CURLMcode trunkline_curl_multi_set_socket(
    CURLM *m, curl_socket_callback v, void *context) {
  CURLMcode result = curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, v);
  return result == CURLM_OK ? curl_multi_setopt(m, CURLMOPT_SOCKETDATA, context) : result;
}
static inline CURLMcode trunkline_curl_multi_set_timer(
    CURLM *m, curl_multi_timer_callback v, void *context) {
  CURLMcode result = curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, v);
  return result == CURLM_OK ? curl_multi_setopt(m, CURLMOPT_TIMERDATA, context) : result;
}
/* The result of a CURLMSG_DONE, which stands in a union. */
static inline CURLcode trunkline_curl_message_result(const CURLMsg *m) { return m->data.result; }
