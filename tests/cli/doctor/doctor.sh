ecopt doctor
