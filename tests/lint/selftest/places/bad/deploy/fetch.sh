curl https://registry.example.invalid/x
