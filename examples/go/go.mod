module example.com/roost-go

go 1.19
