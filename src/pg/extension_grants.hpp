#pragma once
// Privileges on a function of the extension that an update drops and makes again.

#include <string>

namespace whisper::pg {

// Keeps who may execute the extension's function `name`, its owner and PUBLIC aside, until the transaction ends or
// grant_again() has been called. Only the extension's update scripts may call either; anybody else gets 55000.
void remember_grants(const std::string &name);

// Grants what remember_grants() has kept to the function of that name that there is now. The grants are the roles',
// not the extension's: pg_dump dumps them.
void grant_again(const std::string &name);

}   // namespace whisper::pg
