using MlxVideo.Worker.Hosting;

return await WorkerCommand.Create().Parse(args).InvokeAsync();
