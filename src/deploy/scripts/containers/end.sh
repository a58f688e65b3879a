# Ends what is done with; base.sh stands before it. $1 how, $2 service.
# shellcheck shell=sh disable=SC2154
case $1 in
  # It is configured no more. What it ran is kept.
  service)
    { mkdir -p "$ours" && printf 'service %s\n' "$2" >>"$journal"; } || { tell fault disk-full "$2"; exit 1; }
    stop_old "$2"
    ;;
  once) try rm -f "$(name_of "$2" once)" || case $said in *'No such container'*) ;; *) failed "$2" ;; esac ;;
esac || exit 1
