using MlxVideo.Coordinator.Hosting;

return await CoordinatorCommand.Create().Parse(args).InvokeAsync();
