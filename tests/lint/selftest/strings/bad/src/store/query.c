static const char query[] = "SELECT id "
                            "FROM link";
