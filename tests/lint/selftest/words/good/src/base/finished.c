/* mkstemp("XXXXXX"), a stubborn reader */
