static const char page[] = "<p class=\"warning\">No.</p>";
