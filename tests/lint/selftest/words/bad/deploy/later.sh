echo "not yet implemented"
