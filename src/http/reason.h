/* The reason phrase of a status code, "Not Found"; RFC 9110 15. "Answer" for an unlisted one. */
#pragma once

const char *reason_phrase(int http);
