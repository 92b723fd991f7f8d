using MlxVideo.TimedWorker;

return await TimedWorkerCommand.Create().Parse(args).InvokeAsync(new System.CommandLine.InvocationConfiguration { ProcessTerminationTimeout = null }); // the host handles signals
