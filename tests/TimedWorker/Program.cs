using MlxVideo.TimedWorker;

// the host handles signals
return await TimedWorkerCommand.Create().Parse(args)
    .InvokeAsync(new System.CommandLine.InvocationConfiguration { ProcessTerminationTimeout = null });
