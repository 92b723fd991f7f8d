using MlxVideo.Worker.Hosting;

return await WorkerCommand.Run(args);
